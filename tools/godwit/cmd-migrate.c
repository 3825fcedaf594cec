/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* migrate: an option for each knob, a loop that turns options into flags and typed parameters. */
#include "cmd-migrate.h"

#include <stdlib.h>
#include <string.h>

#include "migrate-watch.h"
#include "migration/knobs.h"

#define OPTIONS_MAX 96

static char **
complete_methods(Shell *sh)
{
    GPtrArray *names = g_ptr_array_new();

    for (guint i = 0; i < mig_compressions_n; i++)
        g_ptr_array_add(names, g_strdup(mig_compressions[i].name));
    g_ptr_array_add(names, NULL);
    return (char **)g_ptr_array_free(names, FALSE);
}

/* virsh takes these by position too, in this order. */
static const char *const by_position[] = { "migrateuri", "graphicsuri", "listen-address", "dname" };

static const OptDef before_knobs[] = {
    OPT_DOMAIN_OF(complete_active),
    { "desturi", OPT_STRING, OPT_REQUIRED, NULL,
      N_("connection URI of the destination: as seen from here, or from the source host with --p2p") },
};

static const OptDef after_knobs[] = {
    { "direct", OPT_BOOL, 0, NULL, N_("send the memory to a QEMU that waits already; no daemon there") },
    { "verbose", OPT_BOOL, 0, NULL, N_("show how far it is, and a summary") },
    { "postcopy-after-precopy", OPT_BOOL, 0, NULL, N_("switch to post-copy after one pass over memory") },
    { "timeout", OPT_NUMBER, OPT_BY_NAME, NULL, N_("seconds after which a --timeout-* action is taken") },
    { "timeout-suspend", OPT_BOOL, 0, NULL, N_("pause the guest after the timeout, so that it ends (default)") },
    { "timeout-postcopy", OPT_BOOL, 0, NULL, N_("switch to post-copy after the timeout") },
};

static OptDef options[OPTIONS_MAX];

static OptDef
option_of(const MigKnob *knob)
{
    static const OptKind kinds[KNOB_KIND_LAST] = { [KNOB_FLAG] = OPT_BOOL, [KNOB_INT] = OPT_NUMBER,
                                                   [KNOB_ULL] = OPT_NUMBER, [KNOB_STR] = OPT_STRING,
                                                   [KNOB_STR_LIST] = OPT_STRING };
    OptDef opt = { knob->cli, kinds[knob->kind], OPT_BY_NAME, NULL, knob->help };

    if (knob->cli_kind == CLI_FILE)
        opt.flags |= OPT_FILE;
    if (g_strcmp0(knob->name, VIR_MIGRATE_PARAM_COMPRESSION) == 0)
        opt.completer = complete_methods;
    return opt;
}

static bool
is_by_position(const char *name)
{
    for (guint i = 0; i < G_N_ELEMENTS(by_position); i++) {
        if (strcmp(by_position[i], name) == 0)
            return true;
    }
    return false;
}

void
migrate_make_options(void)
{
    guint n = 0;

    for (guint i = 0; i < G_N_ELEMENTS(before_knobs); i++)
        options[n++] = before_knobs[i];
    for (guint i = 0; i < mig_knobs_n; i++) {
        if (mig_knobs[i].cli && mig_knobs[i].flag)
            options[n++] = option_of(&mig_knobs[i]);
    }
    for (guint i = 0; i < G_N_ELEMENTS(by_position); i++) {
        options[n] = option_of(mig_knob_by_cli(by_position[i]));
        options[n++].flags &= ~(unsigned)OPT_BY_NAME;
    }
    for (guint i = 0; i < mig_knobs_n; i++) {
        if (mig_knobs[i].cli && !mig_knobs[i].flag && !is_by_position(mig_knobs[i].cli))
            options[n++] = option_of(&mig_knobs[i]);
    }
    for (guint i = 0; i < G_N_ELEMENTS(after_knobs); i++)
        options[n++] = after_knobs[i];
    g_assert(n < OPTIONS_MAX);
}

typedef struct {
    virTypedParameterPtr v;
    int                  n, max;
} List;

static bool
add_string(List *list, const MigKnob *knob, const char *value)
{
    g_autofree char *content = NULL;

    if (knob->cli_kind == CLI_FILE) {
        content = read_file(value);
        if (content == NULL)
            return false;
    }
    return virTypedParamsAddString(&list->v, &list->n, &list->max, knob->name, content ? content : value) == 0;
}

static bool
add_list(List *list, const MigKnob *knob, const char *value)
{
    g_auto(GStrv) parts = g_strsplit(value, ",", -1);

    for (guint i = 0; parts[i]; i++) {
        if (virTypedParamsAddString(&list->v, &list->n, &list->max, knob->name, parts[i]) < 0)
            return false;
    }
    return true;
}

static bool
add_knob(List *list, const MigKnob *knob, const Cmd *cmd)
{
    unsigned long long big = 0;
    int number = 0;

    switch (knob->kind) {
    case KNOB_INT:
        return opt_int(cmd, knob->cli, &number) &&
               virTypedParamsAddInt(&list->v, &list->n, &list->max, knob->name, number) == 0;
    case KNOB_ULL:
        return opt_ull(cmd, knob->cli, &big) &&
               virTypedParamsAddULLong(&list->v, &list->n, &list->max, knob->name, big) == 0;
    case KNOB_STR_LIST:
        return add_list(list, knob, opt_string(cmd, knob->cli));
    default:
        return add_string(list, knob, opt_string(cmd, knob->cli));
    }
}

static bool
take_knobs(const Cmd *cmd, List *list, unsigned *flags)
{
    for (guint i = 0; i < mig_knobs_n; i++) {
        const MigKnob *knob = &mig_knobs[i];

        if (knob->cli == NULL || !opt_bool(cmd, knob->cli))
            continue;
        if (knob->flag)
            *flags |= knob->flag;
        else if (!add_knob(list, knob, cmd))
            return false;
    }
    return true;
}

static bool
check_needs(const Cmd *cmd)
{
    static const char *const needs[][2] = {
        { "postcopy-after-precopy", "postcopy" }, { "timeout-postcopy", "postcopy" }, { "postcopy-resume", "postcopy" },
        { "persistent-xml", "persistent" },       { "tls-destination", "tls" },
    };

    for (guint i = 0; i < G_N_ELEMENTS(needs); i++) {
        if (opt_bool(cmd, needs[i][0]) && !opt_bool(cmd, needs[i][1])) {
            complain(_("Option --%s is required by option --%s"), needs[i][1], needs[i][0]);
            return false;
        }
    }
    return true;
}

static bool
take_timeout(const Cmd *cmd, Migration *m)
{
    if (!opt_uint(cmd, "timeout", &m->timeout))
        return false;
    if (opt_bool(cmd, "timeout") && m->timeout < 1) {
        complain(_("migrate: Invalid timeout"));
        return false;
    }
    if (m->timeout && opt_bool(cmd, "offline")) {
        complain(_("migrate: Unexpected timeout for offline migration"));
        return false;
    }
    if (!m->timeout && (opt_bool(cmd, "timeout-suspend") || opt_bool(cmd, "timeout-postcopy"))) {
        complain(_("migrate: Unexpected --timeout-* option without --timeout"));
        return false;
    }
    m->on_timeout = opt_bool(cmd, "timeout-postcopy") ? ON_TIMEOUT_POSTCOPY : ON_TIMEOUT_SUSPEND;
    return true;
}

static bool
check_options(const Cmd *cmd)
{
    return opt_exclusive(cmd, "live", "offline") && opt_exclusive(cmd, "timeout-suspend", "timeout-postcopy") &&
           opt_exclusive(cmd, "p2p", "direct") && check_needs(cmd);
}

static bool
open_destination(Shell *sh, Migration *m)
{
    int interval = sh->keepalive_interval >= 0 ? sh->keepalive_interval : 5;
    int count = sh->keepalive_count >= 0 ? sh->keepalive_count : 6;

    m->dconn = virConnectOpenAuth(m->desturi, virConnectAuthPtrDefault, 0);
    if (m->dconn == NULL) {
        complain(_("cannot connect to the destination '%s'"), m->desturi);
        return false;
    }
    if (interval > 0 && virConnectSetKeepAlive(m->dconn, interval, (unsigned)count) < 0)
        forget_error();
    return true;
}

static bool
migrate(Shell *sh, Migration *m, const Cmd *cmd)
{
    bool by_source = opt_bool(cmd, "p2p") || opt_bool(cmd, "direct");

    if (!by_source && !open_destination(sh, m))
        return false;
    migration_run(m);
    if (m->ok) {
        if (m->verbose || sh->out)
            show_summary(m);
        return true;
    }
    if (m->why) {
        complain("%s", m->why->message);
        if (m->verbose || m->cancelled || m->result == GODWIT_MIGRATE_IN_DOUBT)
            show_where_it_is(m);
    }
    return false;
}

static bool
run_migrate(Shell *sh, const Cmd *cmd)
{
    g_autoptr(virDomain) dom = NULL;
    List list = { NULL, 0, 0 };
    Migration m = { .sh = sh, .desturi = opt_string(cmd, "desturi"), .verbose = opt_bool(cmd, "verbose"),
                    .postcopy_after_precopy = opt_bool(cmd, "postcopy-after-precopy") };
    bool ok = check_options(cmd) && take_timeout(cmd, &m) && take_knobs(cmd, &list, &m.flags) &&
              (dom = need_domain(sh, cmd)) != NULL;

    m.dom = dom;
    m.params = list.v;
    m.n = list.n;
    ok = ok && migrate(sh, &m, cmd);
    migration_clear(&m);
    return ok;
}

const CmdDef cmds_migrate[] = {
    { "migrate", options, run_migrate, N_("move a domain to another host"),
      N_("Move a domain to another host; with --live while it runs. Ctrl-C cancels, and the guest stays where it is."),
      0 },
    { NULL }
};
