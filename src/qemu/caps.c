/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "qemu/caps-private.h"

#include "util/err.h"

#define VIR_FROM_THIS VIR_FROM_QEMU

const QemuCapsSet qemu_caps_sets[] = {
    { "devices", offsetof(QemuCaps, devices) },
    { "commands", offsetof(QemuCaps, commands) },
    { "options", offsetof(QemuCaps, options) },
    { "migrate-capabilities", offsetof(QemuCaps, migrate_caps) },
    { "migrate-parameters", offsetof(QemuCaps, migrate_params) },
};
const guint qemu_caps_n_sets = G_N_ELEMENTS(qemu_caps_sets);

GHashTable *
qemu_caps_set(const QemuCaps *caps, const QemuCapsSet *set)
{
    return *(GHashTable **)((char *)caps + set->offset);
}

void
qemu_machine_free(QemuMachine *machine)
{
    if (!machine)
        return;
    g_free(machine->name);
    g_free(machine->alias);
    g_free(machine->default_cpu);
    g_free(machine);
}

void
qemu_cpu_free(QemuCpu *cpu)
{
    if (!cpu)
        return;
    g_free(cpu->name);
    g_free(cpu->alias_of);
    g_ptr_array_unref(cpu->missing);
    g_clear_pointer(&cpu->features, g_hash_table_unref);
    g_free(cpu);
}

void
qemu_cpu_feature_free(QemuCpuFeature *feature)
{
    if (!feature)
        return;
    g_free(feature->name);
    g_free(feature);
}

QemuCaps *
qemu_caps_new(void)
{
    QemuCaps *caps = g_new0(QemuCaps, 1);

    caps->refs = 1;
    caps->machines = g_ptr_array_new_with_free_func((GDestroyNotify)qemu_machine_free);
    caps->cpus = g_ptr_array_new_with_free_func((GDestroyNotify)qemu_cpu_free);
    caps->host_features = g_ptr_array_new_with_free_func((GDestroyNotify)qemu_cpu_feature_free);
    caps->cpu_lacks = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
    for (guint i = 0; i < qemu_caps_n_sets; i++)
        *(GHashTable **)((char *)caps + qemu_caps_sets[i].offset) =
            g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
    return caps;
}

QemuCaps *
qemu_caps_ref(const QemuCaps *caps)
{
    QemuCaps *shared = (QemuCaps *)caps;

    g_atomic_int_inc(&shared->refs);
    return shared;
}

void
qemu_caps_unref(QemuCaps *caps)
{
    if (!caps || !g_atomic_int_dec_and_test(&caps->refs))
        return;
    qemu_caps_id_clear(&caps->id);
    g_free(caps->package);
    g_free(caps->arch);
    g_ptr_array_unref(caps->machines);
    g_ptr_array_unref(caps->cpus);
    g_free(caps->host_model);
    g_free(caps->host_vendor);
    g_ptr_array_unref(caps->host_features);
    g_hash_table_unref(caps->cpu_lacks);
    for (guint i = 0; i < qemu_caps_n_sets; i++)
        g_hash_table_unref(qemu_caps_set(caps, &qemu_caps_sets[i]));
    g_free(caps);
}

const char *
qemu_caps_binary(const QemuCaps *caps)
{
    return caps->id.path;
}

guint
qemu_caps_version(const QemuCaps *caps)
{
    return caps->version;
}

const char *
qemu_caps_package(const QemuCaps *caps)
{
    return caps->package;
}

const char *
qemu_caps_arch(const QemuCaps *caps)
{
    return caps->arch;
}

bool
qemu_caps_kvm_usable(const QemuCaps *caps)
{
    return caps->kvm_usable;
}

bool
qemu_caps_lacks_cpu_feature(const QemuCaps *caps, const char *name)
{
    return g_hash_table_contains(caps->cpu_lacks, name);
}

guint
qemu_caps_n_machines(const QemuCaps *caps)
{
    return caps->machines->len;
}

const QemuMachine *
qemu_caps_machine(const QemuCaps *caps, guint i)
{
    return g_ptr_array_index(caps->machines, i);
}

const QemuMachine *
qemu_caps_find_machine(const QemuCaps *caps, const char *name)
{
    for (guint i = 0; i < caps->machines->len; i++) {
        const QemuMachine *machine = g_ptr_array_index(caps->machines, i);

        if (g_str_equal(machine->name, name) || g_strcmp0(machine->alias, name) == 0)
            return machine;
    }
    return NULL;
}

const QemuMachine *
qemu_caps_default_machine(const QemuCaps *caps)
{
    for (guint i = 0; i < caps->machines->len; i++) {
        const QemuMachine *machine = g_ptr_array_index(caps->machines, i);

        if (machine->is_default)
            return machine;
    }
    return NULL;
}

/* The aliases ("pc, q35") lead to the newest machine of each family: the best few names to offer. */
static char *
list_machine_aliases(const QemuCaps *caps)
{
    g_autoptr(GString) list = g_string_new(NULL);

    for (guint i = 0; i < caps->machines->len; i++) {
        const QemuMachine *machine = g_ptr_array_index(caps->machines, i);

        if (machine->alias)
            g_string_append_printf(list, "%s%s (%s)", list->len ? ", " : "", machine->alias, machine->name);
    }
    return g_string_free(g_steal_pointer(&list), FALSE);
}

bool
qemu_caps_resolve_machine(const QemuCaps *caps, const char *name, const QemuMachine **ret_machine, GError **err)
{
    const QemuMachine *machine = name ? qemu_caps_find_machine(caps, name) : qemu_caps_default_machine(caps);
    g_autofree char *known = NULL;

    if (machine) {
        *ret_machine = machine;
        return true;
    }
    known = list_machine_aliases(caps);
    if (!name)
        return fail(err, VIR_ERR_CONFIG_UNSUPPORTED,
                    _("emulator '%s' has no default machine type; name one of: %s"), caps->id.path, known);
    return fail(err, VIR_ERR_INVALID_ARG, _("the machine type '%s' is not supported by emulator '%s'; it offers: %s"),
                name, caps->id.path, known);
}

guint
qemu_caps_n_cpus(const QemuCaps *caps)
{
    return caps->cpus->len;
}

const QemuCpu *
qemu_caps_cpu(const QemuCaps *caps, guint i)
{
    return g_ptr_array_index(caps->cpus, i);
}

const QemuCpu *
qemu_caps_find_cpu(const QemuCaps *caps, const char *name)
{
    for (guint i = 0; i < caps->cpus->len; i++) {
        const QemuCpu *cpu = g_ptr_array_index(caps->cpus, i);

        if (g_str_equal(cpu->name, name))
            return cpu;
    }
    return NULL;
}

const char *
qemu_caps_host_model(const QemuCaps *caps)
{
    return caps->host_model;
}

const char *
qemu_caps_host_vendor(const QemuCaps *caps)
{
    return caps->host_vendor;
}

guint
qemu_caps_n_host_features(const QemuCaps *caps)
{
    return caps->host_features->len;
}

const QemuCpuFeature *
qemu_caps_host_feature(const QemuCaps *caps, guint i)
{
    return g_ptr_array_index(caps->host_features, i);
}

bool
qemu_caps_has_device(const QemuCaps *caps, const char *driver)
{
    return g_hash_table_contains(caps->devices, driver);
}

bool
qemu_caps_need_device(const QemuCaps *caps, const char *driver, const char *user, GError **err)
{
    if (qemu_caps_has_device(caps, driver))
        return true;
    return fail(err, VIR_ERR_CONFIG_UNSUPPORTED,
                _("%s needs device '%s', which emulator '%s' does not have"), user, driver, caps->id.path);
}

bool
qemu_caps_has_command(const QemuCaps *caps, const char *name)
{
    return g_hash_table_contains(caps->commands, name);
}

bool
qemu_caps_has_option(const QemuCaps *caps, const char *option, const char *param)
{
    g_autofree char *key = param ? g_strdup_printf("%s.%s", option, param) : g_strdup(option);

    return g_hash_table_contains(caps->options, key);
}

bool
qemu_caps_has_migrate_capability(const QemuCaps *caps, const char *name)
{
    return g_hash_table_contains(caps->migrate_caps, name);
}

bool
qemu_caps_has_migrate_parameter(const QemuCaps *caps, const char *name)
{
    return g_hash_table_contains(caps->migrate_params, name);
}

bool
qemu_caps_has_migrate_value(const QemuCaps *caps, const char *parameter, const char *value)
{
    g_autofree char *key = g_strdup_printf("%s=%s", parameter, value);

    return g_hash_table_contains(caps->migrate_params, key);
}
