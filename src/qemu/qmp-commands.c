/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "qemu/qmp-commands.h"

#include "util/err.h"
#include "util/json.h"

#define VIR_FROM_THIS VIR_FROM_QEMU

static bool
fail_shape(GError **err, const char *cmd)
{
    return fail(err, VIR_ERR_INTERNAL_ERROR, _("QEMU command '%s' got a malformed reply"), cmd);
}

bool
qmp_stop(QmpClient *qmp, GError **err)
{
    return qmp_call(qmp, "stop", NULL, NULL, err);
}

bool
qmp_cont(QmpClient *qmp, GError **err)
{
    return qmp_call(qmp, "cont", NULL, NULL, err);
}

bool
qmp_system_powerdown(QmpClient *qmp, GError **err)
{
    return qmp_call(qmp, "system_powerdown", NULL, NULL, err);
}

bool
qmp_system_reset(QmpClient *qmp, GError **err)
{
    return qmp_call(qmp, "system_reset", NULL, NULL, err);
}

bool
qmp_query_status(QmpClient *qmp, QmpStatus *ret_status, GError **err)
{
    g_autoptr(JsonNode) ret = NULL;
    const char *status;

    if (!qmp_call(qmp, "query-status", NULL, &ret, err))
        return false;
    status = json_get_string(json_as_object(ret), "status");
    if (!status)
        return fail_shape(err, "query-status");
    g_strlcpy(ret_status->status, status, sizeof(ret_status->status));
    ret_status->running = json_bool_or(json_as_object(ret), "running", false);
    return true;
}

GArray *
qmp_query_cpu_threads(QmpClient *qmp, GError **err)
{
    g_autoptr(JsonNode) ret = NULL;
    JsonArray *rows;
    GArray    *threads;

    if (!qmp_call(qmp, "query-cpus-fast", NULL, &ret, err))
        return NULL;
    rows = json_as_array(ret);
    threads = g_array_new(FALSE, TRUE, sizeof(gint64));
    g_array_set_size(threads, json_array_size(rows));
    for (guint i = 0; i < json_array_size(rows); i++) {
        JsonObject *row = json_array_object(rows, i);
        gint64 index = json_int_or(row, "cpu-index", -1);

        if (index >= 0 && index < threads->len)
            g_array_index(threads, gint64, index) = json_int_or(row, "thread-id", 0);
    }
    return threads;
}

bool
qmp_query_balloon(QmpClient *qmp, guint64 *ret_actual, GError **err)
{
    g_autoptr(JsonNode) ret = NULL;
    gint64 actual;

    if (!qmp_call(qmp, "query-balloon", NULL, &ret, err))
        return false;
    if (!json_get_int(json_as_object(ret), "actual", &actual) || actual < 0)
        return fail_shape(err, "query-balloon");
    *ret_actual = (guint64)actual;
    return true;
}

JsonObject *
qmp_query_guest_stats(QmpClient *qmp, const char *alias, GError **err)
{
    g_autoptr(JsonNode) ret = NULL;
    g_autofree char *path = g_strdup_printf("/machine/peripheral/%s", alias);

    if (!qmp_call(qmp, "qom-get", json_make("s:path", path, "s:property", "guest-stats", NULL), &ret, err))
        return NULL;
    if (!json_as_object(ret)) {
        fail_shape(err, "qom-get");
        return NULL;
    }
    return json_object_ref(json_as_object(ret));
}

JsonArray *
qmp_query_blockstats(QmpClient *qmp, JsonNode **ret_node, GError **err)
{
    g_autoptr(JsonNode) ret = NULL;

    if (!qmp_call(qmp, "query-blockstats", NULL, &ret, err))
        return NULL;
    if (!json_as_array(ret)) {
        fail_shape(err, "query-blockstats");
        return NULL;
    }
    *ret_node = g_steal_pointer(&ret);
    return json_as_array(*ret_node);
}
