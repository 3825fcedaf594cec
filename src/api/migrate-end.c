/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "api/migrate-end.h"

#include <string.h>

#include "api/open.h"
#include "api/verb.h"
#include "util/err.h"
#include "util/log.h"

#define LOG_ROOM "api"

static bool
ask_connection(MigEnd *end, VerbId verb, const void *in, void *out, GError **err)
{
    return verb_call(end->data, verb, in, out, err);
}

static bool
connection_is_alive(MigEnd *end)
{
    VirConn *conn = end->data;

    return conn->driver->is_alive == NULL || conn->driver->is_alive(conn);
}

static MigFate
judge_state(const StateOut *state)
{
    switch (state->state) {
    case VIR_DOMAIN_RUNNING:
    case VIR_DOMAIN_BLOCKED:
        return MIG_FATE_RUNS_THERE;
    case VIR_DOMAIN_PAUSED:
        /* Still incoming: Finish may be at work on it this very moment. */
        return state->reason == VIR_DOMAIN_PAUSED_MIGRATION ? MIG_FATE_UNKNOWN : MIG_FATE_RUNS_THERE;
    case VIR_DOMAIN_SHUTOFF:
    case VIR_DOMAIN_CRASHED:
        return MIG_FATE_NOT_THERE;
    default:
        return MIG_FATE_UNKNOWN;
    }
}

static MigFate
look_there(VirConn *conn, const DomRef *dom, GError **err)
{
    UuidIn who;
    DomOut found = { 0 };
    StateOut state = { 0 };
    DomainIn in = { 0 };
    bool ok;

    memcpy(who.uuid, dom->uuid, sizeof who.uuid);
    if (!verb_call(conn, VERB_domain_lookup_by_uuid, &who, &found, err))
        return verr_matches(*err, VIR_ERR_NO_DOMAIN) ? MIG_FATE_NOT_THERE : MIG_FATE_UNKNOWN;
    in.dom = found.dom;
    ok = verb_call(conn, VERB_domain_get_state, &in, &state, err);
    dom_ref_clear(&found.dom);
    return ok ? judge_state(&state) : MIG_FATE_UNKNOWN;
}

/* The connection that lost the answer cannot be asked again; another one can. */
static MigFate
inquire_anew(MigEnd *end, const DomRef *dom)
{
    VirConn *broken = end->data;
    g_autoptr(GError) err = NULL;
    VirConn *conn = broken->uri ? api_open(broken->uri, NULL, VIR_CONNECT_RO, &err) : NULL;
    MigFate fate = MIG_FATE_UNKNOWN;

    if (conn) {
        fate = look_there(conn, dom, &err);
        conn_unref(conn);
    }
    if (err)
        log_info("asking '%s' again about domain '%s': %s", end->name, dom->name, err->message);
    return fate;
}

static const char *
end_name(VirConn *conn, const char *otherwise)
{
    return conn->uri ? conn->uri : otherwise;
}

MigEnd
migrate_end_source(VirConn *conn, const char *otherwise)
{
    return (MigEnd){ .data = conn, .name = end_name(conn, otherwise), .ask = ask_connection,
                     .is_alive = connection_is_alive };
}

MigEnd
migrate_end_dest(VirConn *conn, const char *otherwise)
{
    MigEnd end = migrate_end_source(conn, otherwise);

    end.inquire = inquire_anew;
    return end;
}
