/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "bare-driver.h"

#include "model/dom-def.h"

static void
start(BareDriver *bare)
{
    g_autoptr(QemuConfig) config = qemu_config_new(bare->root, NULL);

    assert_non_null(config);
    bare->driver = qemu_driver_new(config, NULL);
    assert_non_null(bare->driver);
}

int
bare_driver_set_up(void **state)
{
    BareDriver *bare = g_new0(BareDriver, 1);

    bare->root = g_dir_make_tmp("godwit-bare-XXXXXX", NULL);
    start(bare);
    *state = bare;
    return 0;
}

void
bare_driver_restart(BareDriver *bare)
{
    qemu_driver_unref(bare->driver);
    start(bare);
}

int
bare_driver_tear_down(void **state)
{
    BareDriver *bare = *state;
    const char *argv[] = { "rm", "-rf", bare->root, NULL };

    qemu_driver_unref(bare->driver);
    g_spawn_sync(NULL, (char **)argv, NULL, G_SPAWN_SEARCH_PATH, NULL, NULL, NULL, NULL, NULL, NULL);
    g_free(bare->root);
    g_free(bare);
    return 0;
}

static const char *
machine(void *opaque, const char *emulator, DomVirt virt, const char *name)
{
    return "pc-i440fx-7.2";
}

static const char *
emulator(void *opaque, const char *arch)
{
    return "/usr/bin/qemu-system-x86_64";
}

static const char *
default_cpu(void *opaque, const char *binary, DomVirt virt, const char *name)
{
    return "qemu64";
}

DomDef *
bare_def(const char *name, const char *uuid, const char *title)
{
    static const DomCaps caps = { machine, emulator, default_cpu, NULL };
    g_autofree char *xml = g_strdup_printf("<domain type='qemu'><name>%s</name><uuid>%s</uuid><title>%s</title>"
                                           "<memory unit='MiB'>32</memory><vcpu>1</vcpu><os><type arch='x86_64' "
                                           "machine='pc'>hvm</type></os></domain>", name, uuid, title);
    DomDef *def = dom_def_parse(xml, -1, 0, NULL);

    assert_non_null(def);
    assert_true(dom_def_complete(def, &caps, NULL));
    return def;
}

QemuDomain *
bare_domain(BareDriver *bare, const char *name, const char *uuid)
{
    guint8 bytes[VIR_UUID_BUFLEN];
    QemuDomain *dom;

    assert_true(dom_uuid_parse(uuid, bytes));
    dom = qemu_domain_table_add(bare->driver, name, bytes, TABLE_ADD_DEFINE, NULL, NULL);
    assert_non_null(dom);
    return dom;
}
