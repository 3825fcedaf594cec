/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * One typed function per QMP command that the driver waits for. Worker threads. What is sent without waiting (the
 * switchover of a migration, start-up batches) goes through qmp_send() and qmp_batch() directly.
 */
#pragma once

#include "qemu/qmp-client.h"

bool qmp_stop(QmpClient *qmp, GError **err);
bool qmp_cont(QmpClient *qmp, GError **err);
bool qmp_system_powerdown(QmpClient *qmp, GError **err);
bool qmp_system_reset(QmpClient *qmp, GError **err);

typedef struct {
    bool running;
    char status[32]; /* QEMU's RunState */
} QmpStatus;
bool qmp_query_status(QmpClient *qmp, QmpStatus *ret_status, GError **err);

/* Host thread of each vCPU, by cpu-index; array of gint64, caller frees. */
GArray *qmp_query_cpu_threads(QmpClient *qmp, GError **err);

/* Bytes that the guest has now. */
bool qmp_query_balloon(QmpClient *qmp, guint64 *ret_actual, GError **err);
/* The property "guest-stats" of a balloon device; the caller unrefs the object. */
JsonObject *qmp_query_guest_stats(QmpClient *qmp, const char *alias, GError **err);

/* One row per block device or node with a guest device in front; array stays in *ret_node, which the caller unrefs. */
JsonArray *qmp_query_blockstats(QmpClient *qmp, JsonNode **ret_node, GError **err);
