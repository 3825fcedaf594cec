/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The page about everything that can be turned on a migration. Not translated. */
#include <stdio.h>

#include "help.h"
#include "migration/knobs.h"

static const char *
side_name(KnobSide side)
{
    static const char *const names[] = { "", "source", "destination", "both" };

    return names[side & KNOB_BOTH];
}

static void
print_limits(const MigKnob *knob)
{
    if (knob->max)
        printf("%" G_GUINT64_FORMAT " to %" G_GUINT64_FORMAT, knob->min, knob->max);
    if (knob->only_with)
        printf("%swith `%s`", knob->max ? "; " : "", mig_knob_by_flag(knob->only_with)->flag_name);
    for (guint i = 0; i < mig_compressions_n; i++) {
        if (knob->only_comp == mig_compressions[i].bit)
            printf("%swith `compression` %s", knob->max ? "; " : "", mig_compressions[i].name);
    }
}

static void
print_row(const MigKnob *knob)
{
    const char *qemu = knob->cap ? knob->cap : knob->par;

    printf("| `%s` | `--%s` | %s | ", knob->flag ? knob->flag_name : knob->name, knob->cli, knob->help);
    print_limits(knob);
    if (qemu)
        printf(" | `%s` (%s)", qemu, side_name(knob->qemu_side));
    else
        printf(" | ");
    printf(" | %s | %s |\n", knob->since, knob->status == KNOB_OFFERED ? "yes" : "not yet");
}

void
help_knobs(void)
{
    printf("<!-- Made by tools/dev/gen-manpages from src/migration/knobs.c; change that. -->\n"
           "# Flags and parameters of a migration\n\n"
           "Flags are `VIR_MIGRATE_*` bits, the others typed parameters of `virDomainMigrate3()` and "
           "`virDomainMigrateToURI3()`. \"Since\" is the version of libvirt. What is \"not yet\" offered is refused by "
           "name.\n\n"
           "| flag or parameter | option of `migrate` | what it does | limits | QEMU capability or parameter | since | "
           "offered |\n| --- | --- | --- | --- | --- | --- | --- |\n");
    for (guint i = 0; i < mig_knobs_n; i++) {
        if (mig_knobs[i].cli)
            print_row(&mig_knobs[i]);
    }
    printf("\nCompression methods of `compression`:\n\n| method | QEMU | needs |\n| --- | --- | --- |\n");
    for (guint i = 0; i < mig_compressions_n; i++) {
        const MigCompression *comp = &mig_compressions[i];

        printf("| %s | %s `%s` | %s |\n", comp->name, comp->cap ? "capability" : "`multifd-compression`",
               comp->cap ? comp->cap : comp->multifd,
               comp->only_with ? mig_knob_by_flag(comp->only_with)->flag_name : "");
    }
}
