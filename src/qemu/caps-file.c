/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The on-disk form of QemuCaps. What is read back may have been written by anybody: it counts only when it is
 * complete and describes exactly the binary and host at hand; otherwise the binary is asked again.
 */
#include <string.h>

#include "qemu/caps-private.h"
#include "qemu/cpu-map.h"
#include "util/json.h"

/* Raised whenever what is asked or kept changes. */
#define FORMAT "godwit " GODWIT_VERSION " caps 5"
#define MAX_DEPTH 8
#define MAX_NAME 256

static int
compare_names(gconstpointer a, gconstpointer b)
{
    return strcmp(*(const char *const *)a, *(const char *const *)b);
}

static void
add_set(JsonBuilder *b, const char *name, GHashTable *set)
{
    guint n;
    g_autofree gpointer *keys = g_hash_table_get_keys_as_array(set, &n);

    qsort(keys, n, sizeof(*keys), compare_names);
    json_builder_set_member_name(b, name);
    json_builder_begin_array(b);
    for (guint i = 0; i < n; i++)
        json_builder_add_string_value(b, keys[i]);
    json_builder_end_array(b);
}

static void
add_string(JsonBuilder *b, const char *name, const char *value)
{
    json_builder_set_member_name(b, name);
    json_builder_add_string_value(b, value);
}

static void
add_int(JsonBuilder *b, const char *name, gint64 value)
{
    json_builder_set_member_name(b, name);
    json_builder_add_int_value(b, value);
}

static void
add_flag(JsonBuilder *b, const char *name, bool value)
{
    json_builder_set_member_name(b, name);
    json_builder_add_boolean_value(b, value);
}

static void
add_id(JsonBuilder *b, const QemuCapsId *id)
{
    json_builder_set_member_name(b, "identity");
    json_builder_begin_object(b);
    add_string(b, "path", id->path);
    add_int(b, "dev", id->dev);
    add_int(b, "ino", id->ino);
    add_int(b, "size", id->size);
    add_int(b, "mtime", id->mtime_ns);
    add_int(b, "ctime", id->ctime_ns);
    add_string(b, "host", id->host);
    add_string(b, "accel", id->accel);
    json_builder_end_object(b);
}

static void
add_machine(JsonBuilder *b, const QemuMachine *machine)
{
    json_builder_begin_object(b);
    add_string(b, "name", machine->name);
    if (machine->alias)
        add_string(b, "alias", machine->alias);
    if (machine->default_cpu)
        add_string(b, "cpu", machine->default_cpu);
    add_int(b, "max-cpus", machine->max_cpus);
    add_flag(b, "default", machine->is_default);
    add_flag(b, "deprecated", machine->deprecated);
    add_flag(b, "hotplug-cpus", machine->hotplug_cpus);
    json_builder_end_object(b);
}

static void
add_cpu(JsonBuilder *b, const QemuCpu *cpu)
{
    json_builder_begin_object(b);
    add_string(b, "name", cpu->name);
    if (cpu->alias_of)
        add_string(b, "alias-of", cpu->alias_of);
    if (cpu->missing->len) {
        json_builder_set_member_name(b, "missing");
        json_builder_begin_array(b);
        for (guint i = 0; i < cpu->missing->len; i++)
            json_builder_add_string_value(b, cpu->missing->pdata[i]);
        json_builder_end_array(b);
    }
    if (cpu->features)
        add_set(b, "features", cpu->features);
    add_flag(b, "usable", cpu->usable);
    add_flag(b, "deprecated", cpu->deprecated);
    add_flag(b, "migration-safe", cpu->migration_safe);
    json_builder_end_object(b);
}

static void
add_host_cpu(JsonBuilder *b, const QemuCaps *caps)
{
    if (!caps->host_model)
        return;
    json_builder_set_member_name(b, "host-cpu");
    json_builder_begin_object(b);
    add_string(b, "model", caps->host_model);
    if (caps->host_vendor)
        add_string(b, "vendor", caps->host_vendor);
    add_set(b, "lacks", caps->cpu_lacks);
    json_builder_set_member_name(b, "features");
    json_builder_begin_array(b);
    for (guint i = 0; i < caps->host_features->len; i++) {
        const QemuCpuFeature *feature = g_ptr_array_index(caps->host_features, i);

        json_builder_begin_object(b);
        add_string(b, "name", feature->name);
        add_flag(b, "on", feature->on);
        add_flag(b, "stays", feature->stays);
        json_builder_end_object(b);
    }
    json_builder_end_array(b);
    json_builder_end_object(b);
}

char *
qemu_caps_to_json(const QemuCaps *caps)
{
    g_autoptr(JsonBuilder) b = json_builder_new();
    g_autoptr(JsonNode) root = NULL;

    json_builder_begin_object(b);
    add_string(b, "format", FORMAT);
    add_id(b, &caps->id);
    add_int(b, "version", caps->version);
    add_string(b, "package", caps->package);
    add_string(b, "arch", caps->arch);
    add_flag(b, "kvm", caps->kvm_usable);
    json_builder_set_member_name(b, "machines");
    json_builder_begin_array(b);
    for (guint i = 0; i < caps->machines->len; i++)
        add_machine(b, caps->machines->pdata[i]);
    json_builder_end_array(b);
    json_builder_set_member_name(b, "cpus");
    json_builder_begin_array(b);
    for (guint i = 0; i < caps->cpus->len; i++)
        add_cpu(b, caps->cpus->pdata[i]);
    json_builder_end_array(b);
    add_host_cpu(b, caps);
    for (guint i = 0; i < qemu_caps_n_sets; i++)
        add_set(b, qemu_caps_sets[i].name, qemu_caps_set(caps, &qemu_caps_sets[i]));
    json_builder_end_object(b);
    root = json_builder_get_root(b);
    return json_to_string(root, FALSE);
}

static bool
is_name(const char *text)
{
    return text && *text && strlen(text) <= MAX_NAME;
}

static bool
read_set(GHashTable *set, JsonArray *array)
{
    for (guint i = 0; i < json_array_size(array); i++) {
        const char *name = json_array_string(array, i);

        if (!is_name(name))
            return false;
        g_hash_table_add(set, g_strdup(name));
    }
    return g_hash_table_size(set) > 0;
}

static bool
read_machines(QemuCaps *caps, JsonArray *array)
{
    for (guint i = 0; i < json_array_size(array); i++) {
        JsonObject *entry = json_array_object(array, i);
        gint64 max_cpus = json_int_or(entry, "max-cpus", 0);
        QemuMachine *machine;

        if (!is_name(json_get_string(entry, "name")) || max_cpus < 0 || max_cpus > G_MAXINT)
            return false;
        machine = g_new0(QemuMachine, 1);
        machine->name = g_strdup(json_get_string(entry, "name"));
        machine->alias = g_strdup(json_get_string(entry, "alias"));
        machine->default_cpu = g_strdup(json_get_string(entry, "cpu"));
        machine->max_cpus = max_cpus;
        machine->is_default = json_bool_or(entry, "default", false);
        machine->deprecated = json_bool_or(entry, "deprecated", false);
        machine->hotplug_cpus = json_bool_or(entry, "hotplug-cpus", false);
        g_ptr_array_add(caps->machines, machine);
    }
    return caps->machines->len > 0;
}

/* NULL: not known. */
static GHashTable *
read_features(JsonArray *array)
{
    GHashTable *set = array ? g_hash_table_new(g_str_hash, g_str_equal) : NULL;

    for (guint i = 0; i < json_array_size(array); i++) {
        const char *name = json_array_string(array, i);

        name = name ? cpu_map_intern(name) : NULL;
        if (name)
            g_hash_table_add(set, (gpointer)name);
    }
    return set;
}

static bool
read_cpus(QemuCaps *caps, JsonArray *array)
{
    for (guint i = 0; i < json_array_size(array); i++) {
        JsonObject *entry = json_array_object(array, i);
        QemuCpu *cpu;

        if (!is_name(json_get_string(entry, "name")))
            return false;
        cpu = g_new0(QemuCpu, 1);
        cpu->name = g_strdup(json_get_string(entry, "name"));
        cpu->alias_of = g_strdup(json_get_string(entry, "alias-of"));
        cpu->missing = g_ptr_array_new_with_free_func(g_free);
        for (guint f = 0; f < json_array_size(json_get_array(entry, "missing")); f++)
            g_ptr_array_add(cpu->missing, g_strdup(json_array_string(json_get_array(entry, "missing"), f)));
        cpu->features = read_features(json_get_array(entry, "features"));
        cpu->usable = json_bool_or(entry, "usable", false);
        cpu->deprecated = json_bool_or(entry, "deprecated", false);
        cpu->migration_safe = json_bool_or(entry, "migration-safe", false);
        g_ptr_array_add(caps->cpus, cpu);
    }
    return caps->cpus->len > 0;
}

/* Absent: the host's CPU could not be told when the binary was asked. */
static bool
read_host_cpu(QemuCaps *caps, JsonObject *object)
{
    JsonArray *features = json_get_array(object, "features");

    if (!object)
        return true;
    if (!is_name(json_get_string(object, "model")) || !features)
        return false;
    if (!json_get_array(object, "lacks") ||
        (json_array_size(json_get_array(object, "lacks")) && !read_set(caps->cpu_lacks, json_get_array(object, "lacks"))))
        return false;
    caps->host_model = g_strdup(json_get_string(object, "model"));
    caps->host_vendor = g_strdup(json_get_string(object, "vendor"));
    for (guint i = 0; i < json_array_size(features); i++) {
        JsonObject *entry = json_array_object(features, i);
        QemuCpuFeature *feature;

        if (!is_name(json_get_string(entry, "name")))
            return false;
        feature = g_new0(QemuCpuFeature, 1);
        feature->name = g_strdup(json_get_string(entry, "name"));
        feature->on = json_bool_or(entry, "on", false);
        feature->stays = json_bool_or(entry, "stays", false);
        g_ptr_array_add(caps->host_features, feature);
    }
    return true;
}

static bool
read_id(QemuCaps *caps, JsonObject *object, const QemuCapsId *expected)
{
    caps->id = (QemuCapsId){
        .path = g_strdup(json_get_string(object, "path")),
        .dev = json_int_or(object, "dev", 0),
        .ino = json_int_or(object, "ino", 0),
        .size = json_int_or(object, "size", 0),
        .mtime_ns = json_int_or(object, "mtime", 0),
        .ctime_ns = json_int_or(object, "ctime", 0),
        .host = g_strdup(json_get_string(object, "host")),
        .accel = g_strdup(json_get_string(object, "accel")),
    };
    return qemu_caps_id_equal(&caps->id, expected);
}

static bool
read_all(QemuCaps *caps, JsonObject *top, const QemuCapsId *id)
{
    if (g_strcmp0(json_get_string(top, "format"), FORMAT) != 0 ||
        !read_id(caps, json_get_object(top, "identity"), id))
        return false;
    caps->version = CLAMP(json_int_or(top, "version", 0), 0, G_MAXINT);
    caps->package = g_strdup(json_get_string(top, "package"));
    caps->arch = g_strdup(json_get_string(top, "arch"));
    caps->kvm_usable = json_bool_or(top, "kvm", false);
    if (!caps->version || !caps->package || !is_name(caps->arch) ||
        !read_machines(caps, json_get_array(top, "machines")) || !read_cpus(caps, json_get_array(top, "cpus")) ||
        !read_host_cpu(caps, json_get_object(top, "host-cpu")))
        return false;
    for (guint i = 0; i < qemu_caps_n_sets; i++)
        if (!read_set(qemu_caps_set(caps, &qemu_caps_sets[i]), json_get_array(top, qemu_caps_sets[i].name)))
            return false;
    return true;
}

QemuCaps *
qemu_caps_from_json(const char *text, gssize len, const QemuCapsId *id)
{
    g_autoptr(JsonNode) root = json_parse(text, len, MAX_DEPTH, NULL);
    g_autoptr(QemuCaps) caps = qemu_caps_new();

    if (!json_as_object(root) || !read_all(caps, json_as_object(root), id))
        return NULL;
    return g_steal_pointer(&caps);
}
