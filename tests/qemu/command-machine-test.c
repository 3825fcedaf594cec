/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * What a guest's board is made of, where the captured guests do not tell. A user loses a guest that does not start, or one
 * whose firmware is open to its own kernel.
 */
#include "command-of.h"

#define GUEST(memory, os, more)                                                                                             \
    "<domain type='qemu'><name>g</name>" memory "<os><type machine='pc-q35-7.2'>hvm</type>" os "</os>" more                  \
    "<devices><emulator>/usr/bin/qemu-system-x86_64</emulator></devices></domain>"
#define SIZE "<memory unit='MiB'>64</memory>"
#define FLASH(attrs) "<loader readonly='yes' type='pflash' " attrs ">/f/code</loader><nvram>/f/vars</nvram>"
#define SYSINFO(entries) "<sysinfo type='smbios'>" entries "</sysinfo>"
#define NUMA "<vcpu>2</vcpu><cpu><numa><cell id='0' cpus='0' memory='100000'/><cell id='1' cpus='1' memory='1'/></numa></cpu>"

static const struct { const char *xml, *want, *not; } rows[] = {
    /* whole MiB, as libvirt rounds */
    { GUEST("<memory>1000000</memory>", "", ""), "-m 977 -object {\"qom-type\":\"memory-backend-ram\",\"id\":\"pc.ram\",\"size\":1024458752} " },
    { GUEST("<memory unit='GB'>4</memory>", "", ""), "-m 3815 ", "-m 3814" },
    { GUEST("<memory>100001</memory>", "", NUMA), "-m 99 ", "-m 97" },
    { GUEST(SIZE, FLASH("secure='yes'"), "<features><acpi/><smm state='on'/></features>"),
      "-global driver=cfi.pflash01,property=secure,value=on -m 64 " },
    { GUEST(SIZE, FLASH("secure='no'"), "<features><acpi/><smm state='on'/></features>"), "-m 64 ", "cfi.pflash01" },
    /* an entry without a text is none */
    { GUEST(SIZE, "<smbios mode='sysinfo'/>",
            SYSINFO("<system><entry name='version'/><entry name='serial'>7</entry></system>")),
      "-smbios type=1,serial=7 ", "null" },
    { GUEST(SIZE, "<smbios mode='sysinfo'/>", SYSINFO("<system><entry name='version'/></system>")), "-m 64 ", "-smbios" },
};

static void
boards_are_as_libvirt_makes_them(void **state)
{
    const CommandEnv plain = { 0 };

    for (gsize i = 0; i < G_N_ELEMENTS(rows); i++) {
        g_autoptr(GError) err = NULL;
        g_autofree char *have = command_of(rows[i].xml, &plain, &err);

        if (!have)
            fail_msg("%s: %s", rows[i].xml, err->message);
        if (!strstr(have, rows[i].want) || (rows[i].not && strstr(have, rows[i].not)))
            fail_msg("%s\n  want %s\n  have %s", rows[i].xml, rows[i].want, have);
    }
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(boards_are_as_libvirt_makes_them),
    };

    return cmocka_run_group_tests(tests, load_caps, free_caps);
}
