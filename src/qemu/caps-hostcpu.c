/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The host's CPU as a named model with differences, which is what mode 'host-model' means: unlike "host" it can be
 * written down, and built again on another host. QEMU spells out every model and the host itself as feature lists
 * (query-cpu-model-expansion); cpu-decode.h chooses.
 */
#include <string.h>

#include "qemu/caps-private.h"
#include "qemu/cpu-decode.h"
#include "qemu/cpu-features.h"
#include "qemu/cpu-map.h"
#include "util/err.h"
#include "util/json.h"

#define VIR_FROM_THIS VIR_FROM_QEMU
#define MAX_DEPTH 16

bool
qemu_cpu_is_model(const QemuCpu *cpu)
{
    const char *version = g_strrstr(cpu->name, "-v");

    /* "Nehalem-v1" is a detail of "Nehalem"; host, max and base are modes, not models. */
    if (version && version[2] && strspn(version + 2, G_CSET_DIGITS) == strlen(version + 2))
        return false;
    return !g_str_equal(cpu->name, "host") && !g_str_equal(cpu->name, "max") && !g_str_equal(cpu->name, "base");
}

/* Its features are worth knowing: a guest may have it. */
static bool
is_described(const QemuCpu *cpu)
{
    return qemu_cpu_is_model(cpu) && cpu->migration_safe;
}

static void
add_query(GString *out, const char *model, const char *props, guint id)
{
    g_string_append_printf(out,
                           "{\"execute\":\"query-cpu-model-expansion\",\"arguments\":{\"type\":\"static\",\"model\":"
                           "{\"name\":\"%s\"%s}},\"id\":%u}\n", model, props, id);
}

/* The host has id 0, the CPU of index i has i + 1; the last is the host with what keeps a guest from migrating. */
char *
qemu_caps_cpu_queries(const QemuCaps *caps, guint *ret_n_replies)
{
    GString *out = g_string_new(NULL);
    guint n = 1;

    add_query(out, caps->kvm_usable ? "host" : "max", "", 0);
    for (guint i = 0; i < caps->cpus->len; i++) {
        const QemuCpu *cpu = g_ptr_array_index(caps->cpus, i);

        if (!is_described(cpu))
            continue;
        add_query(out, cpu->name, "", i + 1);
        n++;
    }
    if (caps->kvm_usable) {
        add_query(out, "host", ",\"props\":{\"migratable\":false}", caps->cpus->len + 1);
        n++;
    }
    *ret_n_replies = n;
    return g_string_free(out, FALSE);
}

/* reply -> "return".model.props; NULL: this model cannot be expanded. Borrowed. */
static JsonObject *
props_of(JsonObject *reply)
{
    return json_get_object(json_get_object(json_get_object(reply, "return"), "model"), "props");
}

/* props as a set of names of the map. */
static GHashTable *
take_features(JsonObject *props)
{
    GHashTable *set = g_hash_table_new(g_str_hash, g_str_equal);
    g_autoptr(GList) members = json_object_get_members(props);

    for (GList *at = members; at; at = at->next) {
        const char *name = json_bool_or(props, at->data, false) ? cpu_map_intern(cpu_feature_xml_name(at->data)) : NULL;

        if (name)
            g_hash_table_add(set, (gpointer)name);
    }
    return set;
}

static void
add_feature(QemuCaps *caps, const char *name, bool on, bool stays)
{
    QemuCpuFeature *feature = g_new0(QemuCpuFeature, 1);

    feature->name = g_strdup(name);
    feature->on = on;
    feature->stays = stays;
    g_ptr_array_add(caps->host_features, feature);
}

/* What QEMU lists as off in the most that this host can give. invtsc is off there only because it forbids migration. */
static void
note_lacks(QemuCaps *caps, JsonObject *host)
{
    g_autoptr(GList) members = json_object_get_members(host);

    for (GList *at = members; at; at = at->next) {
        const char *name = cpu_map_intern(cpu_feature_xml_name(at->data));

        if (name && !json_bool_or(host, at->data, true) && !g_str_equal(name, "invtsc"))
            g_hash_table_add(caps->cpu_lacks, g_strdup(name));
    }
}

/* In the order of the map; stays: what there is only for guests that never migrate. */
static void
keep(QemuCaps *caps, const CpuDecoded *decoded, const CpuSet *stays)
{
    caps->host_model = g_strdup(decoded->model->name);
    for (guint i = 0; i < cpu_map_n_features; i++)
        if (cpu_set_has(&decoded->require, i) || cpu_set_has(stays, i))
            add_feature(caps, cpu_map_features[i], true, cpu_set_has(stays, i));
    for (guint i = 0; i < cpu_map_n_features; i++)
        if (cpu_set_has(&decoded->disable, i))
            add_feature(caps, cpu_map_features[i], false, false);
    if (decoded->switched_off)
        add_feature(caps, decoded->switched_off, false, false);
}

static CpuSet
set_of(JsonObject *props)
{
    g_autoptr(GHashTable) names = take_features(props);
    CpuSet set = { 0 };

    for (guint i = 0; i < cpu_map_n_features; i++)
        if (g_hash_table_contains(names, cpu_map_features[i]))
            cpu_set_add(&set, i);
    return set;
}

/* all: the host with what keeps a guest from migrating; NULL: the same. */
static void
choose_model(QemuCaps *caps, JsonObject *props, JsonObject *all)
{
    const char *vendor = cpu_vendor_name(json_get_string(props, "vendor"));
    const CpuDecode how = {
        .caps = caps, .by_qemu = true, .vendor = vendor ? vendor : "",
        .signature = { json_int_or(props, "family", 0), json_int_or(props, "model", 0), json_int_or(props, "stepping", 0) },
    };
    CpuSet host = set_of(props), stays = { 0 };
    CpuDecoded decoded;

    if (all)
        stays = set_of(all);
    cpu_set_subtract(&stays, &host);
    if (!cpu_decode(&how, &host, &decoded))
        return;
    caps->host_vendor = g_strdup(vendor);
    keep(caps, &decoded, &stays);
}

void
qemu_caps_take_cpus(QemuCaps *caps, const char *replies)
{
    g_auto(GStrv) lines = g_strsplit(replies, "\n", -1);
    g_autoptr(JsonNode) host = NULL, all = NULL;

    for (char **line = lines; *line; line++) {
        g_autoptr(JsonNode) root = **line ? json_parse(*line, -1, MAX_DEPTH, NULL) : NULL;
        JsonObject *props = props_of(json_as_object(root));
        gint64 id = json_int_or(json_as_object(root), "id", -1);

        if (!props || id < 0 || id > caps->cpus->len + 1)
            continue;
        if (id > caps->cpus->len) {
            g_clear_pointer(&all, json_node_unref);
            all = g_steal_pointer(&root);
        } else if (id > 0) {
            QemuCpu *cpu = g_ptr_array_index(caps->cpus, id - 1);

            g_clear_pointer(&cpu->features, g_hash_table_unref);
            cpu->features = take_features(props);
        } else if (!host) {
            host = g_steal_pointer(&root);
        }
    }
    if (!host)
        return;
    note_lacks(caps, props_of(json_as_object(host)));
    choose_model(caps, props_of(json_as_object(host)), all ? props_of(json_as_object(all)) : NULL);
}
