/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "qemu/cpu-live.h"

#include "qemu/cpu-features.h"
#include "qemu/cpu-map.h"
#include "util/err.h"
#include "util/json.h"

#define VIR_FROM_THIS VIR_FROM_QEMU
#define FIRST_CPU "/machine/unattached/device[0]"

static bool
is_written_down(const DomCpu *cpu)
{
    return cpu && cpu->mode == DOM_CPU_CUSTOM && cpu->model;
}

/* A QEMU that runs a machine expands a model as -cpu and the machine type made it; what the accelerator then refused is a
 * property of the CPU. Together they are the CPU, without a question per feature. */
guint
cpu_live_add_queries(const DomDef *def, GArray *cmds)
{
    QmpCmd queries[] = {
        { .cmd = "query-cpu-model-expansion", .may_fail = true },
        { .cmd = "qom-get", .may_fail = true },
    };
    JsonObject *model;

    if (!is_written_down(def->cpu))
        return 0;
    model = json_make("s:name", def->cpu->model, NULL);
    queries[0].args = json_make("s:type", "static", "o:model", model, NULL);
    queries[1].args = json_make("s:path", FIRST_CPU, "s:property", "unavailable-features", NULL);
    g_array_append_vals(cmds, queries, G_N_ELEMENTS(queries));
    return G_N_ELEMENTS(queries);
}

/* Feature names of the XML: those that are on in QEMU's model of the guest, and those that were then refused. */
typedef struct {
    GHashTable *on, *refused;
} Actual;

static void
actual_clear(Actual *actual)
{
    g_hash_table_unref(actual->on);
    g_hash_table_unref(actual->refused);
}

static void
read_actual(Actual *ret, JsonObject *props, JsonArray *unavailable)
{
    g_autoptr(GList) members = json_object_get_members(props);

    *ret = (Actual){ .on = g_hash_table_new(g_str_hash, g_str_equal), .refused = g_hash_table_new(g_str_hash, g_str_equal) };
    for (GList *at = members; at; at = at->next)
        if (json_bool_or(props, at->data, false))
            g_hash_table_add(ret->on, (gpointer)cpu_feature_xml_name(at->data));
    for (guint i = 0; i < json_array_size(unavailable); i++)
        if (json_array_string(unavailable, i))
            g_hash_table_add(ret->refused, (gpointer)cpu_feature_xml_name(json_array_string(unavailable, i)));
}

static bool
is_expected(const DomCpu *cpu, const QemuCpu *model, const char *name)
{
    const DomCpuFeature *feature = dom_cpu_find_feature(cpu, name);

    if (feature)
        return feature->policy != DOM_CPU_POLICY_DISABLE && feature->policy != DOM_CPU_POLICY_FORBID;
    return cpu_map_model_has(cpu->model, name, g_hash_table_contains(model->features, name));
}

/* Where the guest's CPU differs from what its definition says. */
typedef struct {
    GPtrArray *extra, *missing;
} Difference;

static void
difference_clear(Difference *d)
{
    g_ptr_array_unref(d->extra);
    g_ptr_array_unref(d->missing);
}

static Difference
find_difference(const DomCpu *cpu, const QemuCpu *model, const Actual *actual)
{
    Difference d = { .extra = g_ptr_array_new(), .missing = g_ptr_array_new() };

    for (guint i = 0; i < cpu_map_n_features; i++) {
        const char *name = cpu_map_features[i];
        bool refused = g_hash_table_contains(actual->refused, name);
        bool on = !refused && g_hash_table_contains(actual->on, name), expected = is_expected(cpu, model, name);

        if (on && !expected)
            g_ptr_array_add(d.extra, (gpointer)name);
        if (refused || (expected && !on))
            g_ptr_array_add(d.missing, (gpointer)name);
    }
    return d;
}

static char *
join(GPtrArray *names)
{
    g_ptr_array_add(names, NULL);
    return g_strjoinv(",", (char **)names->pdata);
}

/* The words that clients of libvirt know. */
static bool
fail_different(Difference *d, GError **err)
{
    const bool has_extra = d->extra->len > 0, has_missing = d->missing->len > 0;
    g_autofree char *extra = join(d->extra), *missing = join(d->missing);

    if (has_extra && has_missing)
        return fail(err, VIR_ERR_OPERATION_FAILED,
                    _("guest CPU doesn't match specification: extra features: %s, missing features: %s"), extra, missing);
    if (has_extra)
        return fail(err, VIR_ERR_OPERATION_FAILED, _("guest CPU doesn't match specification: extra features: %s"), extra);
    return fail(err, VIR_ERR_OPERATION_FAILED, _("guest CPU doesn't match specification: missing features: %s"), missing);
}

/* In the order of the map, extra and missing mixed, as libvirt appends them. */
static void
write_down(DomDef *def, const Difference *d)
{
    DomCpu *asked = dom_cpu_copy(def->cpu);
    guint extra = 0, missing = 0;

    for (guint i = 0; i < cpu_map_n_features; i++) {
        const char *name = cpu_map_features[i];

        if (extra < d->extra->len && d->extra->pdata[extra] == name) {
            dom_cpu_set_feature(def->cpu, name, DOM_CPU_POLICY_REQUIRE);
            extra++;
        }
        if (missing < d->missing->len && d->missing->pdata[missing] == name) {
            dom_cpu_set_feature(def->cpu, name, DOM_CPU_POLICY_DISABLE);
            missing++;
        }
    }
    if (!def->orig_cpu && (d->extra->len || d->missing->len))
        def->orig_cpu = g_steal_pointer(&asked);
    dom_cpu_free(asked);
}

bool
cpu_live_take(DomDef *def, const QemuCaps *caps, JsonNode *expansion, JsonNode *unavailable, GError **err)
{
    JsonObject *props = json_get_object(json_get_object(json_as_object(expansion), "model"), "props");
    const QemuCpu *model = props && is_written_down(def->cpu) ? qemu_caps_find_cpu(caps, def->cpu->model) : NULL;
    Actual actual;
    Difference d;
    bool ok = true;

    if (!model || !model->features || !json_as_array(unavailable))
        return true;
    read_actual(&actual, props, json_as_array(unavailable));
    d = find_difference(def->cpu, model, &actual);
    if (def->cpu->check == DOM_CPU_CHECK_FULL && (d.extra->len || d.missing->len))
        ok = fail_different(&d, err);
    else
        write_down(def, &d);
    if (ok)
        def->cpu->check = DOM_CPU_CHECK_FULL;
    difference_clear(&d);
    actual_clear(&actual);
    return ok;
}
