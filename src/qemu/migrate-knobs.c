/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* From knob rows to QEMU's capabilities and parameters and back. Everything is checked against what this QEMU offers
 * before it is told anything, so that a refusal names the option and changes nothing. */
#include "qemu/caps.h"
#include "qemu/migrate-priv.h"
#include "util/json.h"

#define VIR_FROM_THIS VIR_FROM_QEMU

guint32
qmig_caps_of_reply(JsonNode *reply)
{
    JsonArray *list = json_as_array(reply);
    guint32    offered = 0;

    for (guint i = 0; i < json_array_size(list); i++) {
        const char *name = json_get_string(json_array_object(list, i), "capability");
        int         at = name ? mig_cap_index(name) : -1;

        if (at >= 0)
            offered |= 1u << at;
    }
    return offered;
}

guint32
qmig_caps_of_binary(const QemuCaps *caps)
{
    guint32 offered = 0;

    for (guint i = 0; i < mig_caps_n; i++)
        if (qemu_caps_has_migrate_capability(caps, mig_caps[i].name))
            offered |= 1u << i;
    return offered;
}

/* The command-line option behind a capability, for people. */
static const char *
option_of_cap(const char *cap)
{
    for (guint i = 0; i < mig_knobs_n; i++)
        if (mig_knobs[i].cap && mig_knobs[i].cli && g_str_equal(mig_knobs[i].cap, cap))
            return mig_knobs[i].cli;
    for (guint i = 0; i < mig_compressions_n; i++)
        if (mig_compressions[i].cap && g_str_equal(mig_compressions[i].cap, cap))
            return "compressed";
    return NULL;
}

bool
qmig_check_caps(guint32 wanted, guint32 offered, const char *where, GError **err)
{
    for (guint i = 0; i < mig_caps_n; i++) {
        const char *option = option_of_cap(mig_caps[i].name);

        if (!(wanted & ~offered & (1u << i)))
            continue;
        if (option)
            return fail(err, VIR_ERR_ARGUMENT_UNSUPPORTED,
                        _("Migration option '%s' is not supported: %s lacks the capability '%s'"), option, where,
                        mig_caps[i].name);
        return fail(err, VIR_ERR_ARGUMENT_UNSUPPORTED, _("migration needs the capability '%s', which %s lacks"),
                    mig_caps[i].name, where);
    }
    return true;
}

JsonObject *
qmig_caps_args(guint32 on, guint32 offered)
{
    JsonArray *list = json_array_new();

    /* Without it QEMU migrates in silence; it stays on afterwards. */
    json_array_add_object_element(list, json_make("s:capability", "events", "b:state", true, NULL));
    for (guint i = 0; i < mig_caps_n; i++)
        if (offered & (1u << i))
            json_array_add_object_element(
                list, json_make("s:capability", mig_caps[i].name, "b:state", (on & (1u << i)) != 0, NULL));
    return json_make("a:capabilities", list, NULL);
}

JsonObject *
qmig_params_args(const Params *params, guint32 flags, KnobSide side)
{
    MigQemuValue values[MIG_QEMU_VALUES_MAX];
    guint        n = mig_qemu_values(params->v, params->n, flags, side, values);
    JsonObject  *args = n > 0 ? json_object_new() : NULL;

    for (guint i = 0; i < n; i++) {
        const char *name = values[i].param->name;

        if (values[i].param->kind == KNOB_STR)
            json_object_set_string_member(args, name, values[i].text);
        else if (values[i].param->kind == KNOB_FLAG)
            json_object_set_boolean_member(args, name, values[i].number != 0);
        else
            json_object_set_int_member(args, name, (gint64)values[i].number);
    }
    return args;
}

bool
qmig_check_params(JsonObject *wanted, JsonObject *offered, const char *where, GError **err)
{
    for (guint i = 0; wanted && i < mig_qemu_params_n; i++) {
        const char *name = mig_qemu_params[i].name;

        if (json_object_has_member(wanted, name) && !json_object_has_member(offered, name))
            return fail(err, VIR_ERR_ARGUMENT_UNSUPPORTED, _("%s lacks the migration parameter '%s'"), where, name);
    }
    return true;
}

static JsonObject *
former_values(JsonObject *before)
{
    JsonObject *args = json_object_new();

    for (guint i = 0; i < mig_qemu_params_n; i++) {
        JsonNode *value = json_object_get_member(before, mig_qemu_params[i].name);

        if (value)
            json_object_set_member(args, mig_qemu_params[i].name, json_node_copy(value));
    }
    return args;
}

void
qmig_restore_knobs(QemuMig *mig, QmpClient *qmp)
{
    JsonObject *before = g_steal_pointer(&mig->old_params);

    if (mig->caps_offered)
        qmp_send(qmp, "migrate-set-capabilities", qmig_caps_args(0, mig->caps_offered), NULL, NULL);
    mig->caps_offered = 0;
    /* After a restart the former values are not known; these two would make the next migration fail. */
    if (!before && mig->tls)
        before = json_make("s:tls-creds", "", "s:tls-hostname", "", NULL);
    if (before)
        qmp_send(qmp, "migrate-set-parameters", former_values(before), NULL, NULL);
    g_clear_pointer(&before, json_object_unref);
    qmig_tls_remove(mig, qmp);
}
