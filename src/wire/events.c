/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "wire/events.h"

#include "util/err.h"
#include "wire/limits.h"
#include "wire/session.h"

#define VIR_FROM_THIS VIR_FROM_RPC

#define DOM F(DomainEvent, dom, xdr_domain)
#define I(m) F(DomainEvent, m, xdr_i32)
#define U64(m) F(DomainEvent, m, xdr_u64)
#define STR(m) F(DomainEvent, m, xdr_string)
#define OPT(m) F(DomainEvent, m, xdr_opt_string)

static const XdrField dom_rows[] = { DOM, XDR_END };
static const XdrField lifecycle_rows[] = { DOM, I(n1), I(n2), XDR_END };
static const XdrField dom_n1_rows[] = { DOM, I(n1), XDR_END };
static const XdrField n1_dom_rows[] = { I(n1), DOM, XDR_END };
static const XdrField dom_n1_n2_rows[] = { DOM, I(n1), I(n2), XDR_END };
static const XdrField dom_big1_rows[] = { DOM, U64(big1), XDR_END };
static const XdrField dom_text1_rows[] = { DOM, STR(text1), XDR_END };
static const XdrField io_error_rows[] = { DOM, STR(text1), STR(text2), I(n1), XDR_END };
static const XdrField io_error_reason_rows[] = { DOM, STR(text1), STR(text2), I(n1), STR(text3), XDR_END };
static const XdrField block_job_rows[] = { DOM, STR(text1), I(n1), I(n2), XDR_END };
static const XdrField disk_change_rows[] = { DOM, OPT(text1), OPT(text2), STR(text3), I(n1), XDR_END };
static const XdrField tray_change_rows[] = { DOM, STR(text1), I(n1), XDR_END };
static const XdrField tunable_rows[] = { DOM, F_PARAMS(DomainEvent, params, REMOTE_DOMAIN_EVENT_TUNABLE_MAX), XDR_END };
static const XdrField job_completed_rows[] = { DOM, F_PARAMS(DomainEvent, params, REMOTE_DOMAIN_JOB_STATS_MAX), XDR_END };
static const XdrField metadata_rows[] = { DOM, I(n1), OPT(text1), XDR_END };
static const XdrField block_threshold_rows[] = { DOM, STR(text1), OPT(text2), U64(big1), U64(big2), XDR_END };
static const XdrField memory_failure_rows[] = { DOM, I(n1), I(n2), F(DomainEvent, u1, xdr_u32), XDR_END };
static const XdrField memory_size_rows[] = { DOM, STR(text1), U64(big1), XDR_END };

/* Nobody here raises GRAPHICS, and DomainEvent has no members for it: clients may subscribe, and get silence. */
const WireEvent wire_events[] = {
    /* event                                      callback legacy rows             legacy_rows */
    { VIR_DOMAIN_EVENT_ID_LIFECYCLE,              318, 107, lifecycle_rows },
    { VIR_DOMAIN_EVENT_ID_REBOOT,                 319, 169, dom_rows },
    { VIR_DOMAIN_EVENT_ID_RTC_CHANGE,             320, 170, dom_big1_rows },
    { VIR_DOMAIN_EVENT_ID_WATCHDOG,               321, 171, dom_n1_rows },
    { VIR_DOMAIN_EVENT_ID_IO_ERROR,               322, 172, io_error_rows },
    { VIR_DOMAIN_EVENT_ID_GRAPHICS,               323, 173, NULL },
    { VIR_DOMAIN_EVENT_ID_IO_ERROR_REASON,        324, 195, io_error_reason_rows },
    { VIR_DOMAIN_EVENT_ID_CONTROL_ERROR,          325, 224, dom_rows },
    { VIR_DOMAIN_EVENT_ID_BLOCK_JOB,              326, 241, block_job_rows },
    { VIR_DOMAIN_EVENT_ID_DISK_CHANGE,            327, 248, disk_change_rows },
    { VIR_DOMAIN_EVENT_ID_TRAY_CHANGE,            328, 268, tray_change_rows },
    { VIR_DOMAIN_EVENT_ID_PMWAKEUP,               329, 269, n1_dom_rows, dom_rows },
    { VIR_DOMAIN_EVENT_ID_PMSUSPEND,              330, 270, n1_dom_rows, dom_rows },
    { VIR_DOMAIN_EVENT_ID_BALLOON_CHANGE,         331, 276, dom_big1_rows },
    { VIR_DOMAIN_EVENT_ID_PMSUSPEND_DISK,         332, 292, n1_dom_rows, dom_rows },
    { VIR_DOMAIN_EVENT_ID_DEVICE_REMOVED,         333, 311, dom_text1_rows },
    { VIR_DOMAIN_EVENT_ID_BLOCK_JOB_2,            339, 0, block_job_rows },
    { VIR_DOMAIN_EVENT_ID_TUNABLE,                346, 0, tunable_rows },
    { VIR_DOMAIN_EVENT_ID_AGENT_LIFECYCLE,        348, 0, dom_n1_n2_rows },
    { VIR_DOMAIN_EVENT_ID_DEVICE_ADDED,           354, 0, dom_text1_rows },
    { VIR_DOMAIN_EVENT_ID_MIGRATION_ITERATION,    359, 0, dom_n1_rows },
    { VIR_DOMAIN_EVENT_ID_JOB_COMPLETED,          363, 0, job_completed_rows },
    { VIR_DOMAIN_EVENT_ID_DEVICE_REMOVAL_FAILED,  367, 0, dom_text1_rows },
    { VIR_DOMAIN_EVENT_ID_METADATA_CHANGE,        379, 0, metadata_rows },
    { VIR_DOMAIN_EVENT_ID_BLOCK_THRESHOLD,        385, 0, block_threshold_rows },
    { VIR_DOMAIN_EVENT_ID_MEMORY_FAILURE,         423, 0, memory_failure_rows },
    { VIR_DOMAIN_EVENT_ID_MEMORY_DEVICE_SIZE_CHANGE, 438, 0, memory_size_rows },
};

const gsize n_wire_events = G_N_ELEMENTS(wire_events);

const WireEvent *
wire_event_by_id(int id)
{
    for (gsize i = 0; i < n_wire_events; i++) {
        if (wire_events[i].id == id)
            return &wire_events[i];
    }
    return NULL;
}

const WireEvent *
wire_event_by_proc(guint32 proc, bool *ret_legacy)
{
    for (gsize i = 0; i < n_wire_events; i++) {
        if (wire_events[i].callback == proc || (wire_events[i].legacy && wire_events[i].legacy == proc)) {
            *ret_legacy = wire_events[i].callback != proc;
            return &wire_events[i];
        }
    }
    return NULL;
}

gint32
wire_event_procedure(const EventMessage *msg)
{
    return msg->callback_id < 0 ? msg->row->legacy : msg->row->callback;
}

static bool
message_put(XdrWriter *w, const XdrField *f, gconstpointer holder)
{
    const EventMessage *msg = holder;
    bool                legacy = msg->callback_id < 0;
    const XdrField     *rows = legacy && msg->row->legacy_rows ? msg->row->legacy_rows : msg->row->rows;
    GError             *err = NULL;

    if (!rows)
        return xdr_put_fail(w, f, "event %d has no content", msg->row->id);
    if (!legacy && !xdr_put_i32(w, msg->callback_id))
        return false;
    if (xdr_encode(w, rows, msg->event, &err))
        return true;
    xdr_put_fail(w, f, "%s", err->message);
    g_error_free(err);
    return false;
}

/* Out only: what comes in is decoded by wire_event_decode(), which learns the row from the procedure. */
static const XdrType xdr_event_message = { .name = "EventMessage", .size = sizeof(EventMessage), .put = message_put };
const XdrField rows_event_message[] = { { .name = "event", .type = &xdr_event_message }, XDR_END };

DomainEvent *
wire_event_decode(const WireEvent *row, bool legacy, XdrReader *r, gint32 *ret_callback_id, GError **err)
{
    static const DomRef    nobody = { .id = -1 };
    g_autoptr(DomainEvent) ev = NULL;
    const XdrField        *rows = legacy && row->legacy_rows ? row->legacy_rows : row->rows;
    IntArg                 id = { -1 };

    if (!rows)
        return fail_null(err, VIR_ERR_RPC, _("event %d is not understood"), row->id);
    if (!legacy && !xdr_decode(r, rows_int, &id, err))
        return NULL;
    ev = domain_event_new(row->id, &nobody);
    if (!xdr_decode(r, rows, ev, err))
        return NULL;
    *ret_callback_id = id.value;
    return g_steal_pointer(&ev);
}
