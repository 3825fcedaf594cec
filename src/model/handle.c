/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "model/handle.h"

#include "model/flow.h"

/* A pointer that is not one of ours, or is one no more, hardly ever carries these. */
#define CONN_MAGIC 0x476f4377u
#define DOMAIN_MAGIC 0x476f4464u
#define STREAM_MAGIC 0x476f4773u
#define DEAD_MAGIC 0xdeadbeefu

virConnectPtr
conn_new(void)
{
    virConnectPtr conn = g_new0(struct _virConnect, 1);

    conn->magic = CONN_MAGIC;
    conn->refs = 1;
    g_mutex_init(&conn->lock);
    return conn;
}

bool
conn_is_valid(virConnectPtr conn)
{
    return conn && conn->magic == CONN_MAGIC;
}

virConnectPtr
conn_ref(virConnectPtr conn)
{
    g_atomic_int_inc(&conn->refs);
    return conn;
}

static void
error_clear(virErrorPtr err)
{
    g_free(err->message);
    g_free(err->str1);
    g_free(err->str2);
    g_free(err->str3);
    *err = (virError){ 0 };
}

static void
conn_free(virConnectPtr conn)
{
    /* driver is set only by a successful open */
    if (conn->driver && conn->driver->close)
        conn->driver->close(conn);
    conn->magic = DEAD_MAGIC;
    if (conn->close_free)
        conn->close_free(conn->close_opaque);
    if (conn->api_subs_free)
        conn->api_subs_free(conn->api_subs);
    event_hub_unref(conn->events);
    error_clear(&conn->last_error);
    g_free(conn->uri);
    g_free(conn->type);
    g_free(conn->local_addr);
    g_mutex_clear(&conn->lock);
    g_free(conn);
}

int
conn_unref(virConnectPtr conn)
{
    /* the value before, so that exactly one thread sees 1 */
    int before = g_atomic_int_add(&conn->refs, -1);

    if (before == 1)
        conn_free(conn);
    return before - 1;
}

void
conn_notify_closed(virConnectPtr conn, int reason)
{
    virConnectCloseFunc cb = NULL;
    virFreeCallback destroy = NULL;
    void *opaque = NULL;

    g_mutex_lock(&conn->lock);
    if (!conn->closed_reported) {
        conn->closed_reported = true;
        cb = g_steal_pointer(&conn->close_cb);
        destroy = g_steal_pointer(&conn->close_free);
        opaque = g_steal_pointer(&conn->close_opaque);
    }
    g_mutex_unlock(&conn->lock);

    if (cb)
        cb(conn, reason, opaque);
    if (destroy)
        destroy(opaque);
}

virDomainPtr
domain_new(virConnectPtr conn, const DomRef *ref)
{
    virDomainPtr dom = g_new0(struct _virDomain, 1);

    dom->magic = DOMAIN_MAGIC;
    dom->refs = 1;
    dom->conn = conn_ref(conn);
    dom_ref_copy(ref, &dom->ref);
    return dom;
}

bool
domain_is_valid(virDomainPtr dom)
{
    return dom && dom->magic == DOMAIN_MAGIC && conn_is_valid(dom->conn);
}

virDomainPtr
domain_ref(virDomainPtr dom)
{
    g_atomic_int_inc(&dom->refs);
    return dom;
}

int
domain_unref(virDomainPtr dom)
{
    int before = g_atomic_int_add(&dom->refs, -1);

    if (before == 1) {
        dom->magic = DEAD_MAGIC;
        dom_ref_clear(&dom->ref);
        conn_unref(dom->conn);
        g_free(dom);
    }
    return before - 1;
}

virStreamPtr
stream_new(virConnectPtr conn, bool nonblock)
{
    virStreamPtr stream = g_new0(struct _virStream, 1);

    stream->magic = STREAM_MAGIC;
    stream->refs = 1;
    stream->conn = conn_ref(conn);
    stream->nonblock = nonblock;
    g_mutex_init(&stream->lock);
    return stream;
}

bool
stream_is_valid(virStreamPtr stream)
{
    return stream && stream->magic == STREAM_MAGIC && conn_is_valid(stream->conn);
}

virStreamPtr
stream_ref(virStreamPtr stream)
{
    g_atomic_int_inc(&stream->refs);
    return stream;
}

void
stream_unref(virStreamPtr stream)
{
    if (!g_atomic_int_dec_and_test(&stream->refs))
        return;
    stream->magic = DEAD_MAGIC;
    flow_free(stream->flow);
    conn_unref(stream->conn);
    g_mutex_clear(&stream->lock);
    g_free(stream);
}
