/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Peer-to-peer: the source daemon drives all phases (migration/phases.h) over a connection of its own to the
 * destination. The client only waits, and may vanish at any moment: the near end is a connection of the driver to
 * itself, which lives as long as the migration.
 */
#include "api/migrate-end.h"
#include "api/open.h"
#include "migration/dialects.h"
#include "qemu/migrate-priv.h"
#include "util/log.h"

#define VIR_FROM_THIS VIR_FROM_QEMU
#define LOG_ROOM "qemu"

typedef struct {
    QemuDomain *dom;  /* referenced */
    VirConn    *self; /* owned */
    VirConn    *peer; /* owned */
    MigRun     *run;  /* while it runs */
} P2p;

/* How a tunnel ends whose migration has failed. */
typedef struct {
    QemuDomain *dom;
    Tunnel     *tunnel;
    GSource    *limit; /* loop thread; NULL: none */
} LastWord;

static gboolean
on_limit(gpointer data)
{
    LastWord *word = data;

    log_warn("domain '%s': the destination does not answer to the end of its migration, hanging up", word->dom->name);
    word->tunnel->ops->cut(word->tunnel, "no answer");
    return G_SOURCE_REMOVE;
}

static void
start_limit(gpointer data)
{
    LastWord         *word = data;
    const QemuDriver *driver = word->dom->driver;
    guint             seconds = driver->config->migrate_silence;

    if (seconds)
        word->limit = loop_add_timer(driver->loop, MIN(seconds, G_MAXUINT / 1000) * 1000, on_limit, word, NULL);
}

static void
stop_limit(gpointer data)
{
    source_remove(&((LastWord *)data)->limit);
}

/* The destination has to hear of the end before anything else, but may have gone: with keepalive off nobody else notices. The
 * guest is not moved, whatever becomes of the connection. */
static void
end_tunnel(QemuDomain *dom, Tunnel *tunnel)
{
    Loop             *loop = dom->driver->loop;
    LastWord          word = { dom, tunnel, NULL };
    g_autoptr(GError) unheard = NULL;

    loop_call(loop, start_limit, &word);
    tunnel->ops->abort(tunnel, "the migration has failed");
    tunnel->ops->finish(tunnel, &unheard);
    loop_call(loop, stop_limit, &word); /* there: it does not run any more then */
}

static bool
perform_here(P2p *p, const MigratePerformIn *in, MigratePerformOut *out, GError **err)
{
    Tunnel *tunnel = p->run->tunnel;
    bool    ok = qmig_perform(p->self, tunnel, in, out, err);

    if (!ok && tunnel && !tunnel->finished)
        end_tunnel(p->dom, tunnel);
    return ok;
}

/* The phases at this end are the driver's own; what makes them peer-to-peer is only who asks. */
static bool
ask_here(MigEnd *end, VerbId verb, const void *in, void *out, GError **err)
{
    P2p *p = end->data;

    if (verb == VERB_migrate_perform)
        return perform_here(p, in, out, err);
    return verbs[verb].call(p->self->driver, p->self, in, out, err);
}

static void
peer_closed(virConnectPtr conn, int reason, void *opaque)
{
    QemuDomain *dom = opaque;

    log_warn("domain '%s': the connection to the destination of its migration broke (reason %d)", dom->name, reason);
    qmig_peer_lost(dom);
}

static void
watch_peer(VirConn *peer, QemuDomain *dom)
{
    g_mutex_lock(&peer->lock);
    peer->close_cb = peer_closed;
    peer->close_opaque = qemu_domain_ref(dom);
    peer->close_free = (virFreeCallback)qemu_domain_unref;
    g_mutex_unlock(&peer->lock);
}

static bool
connect_peer(P2p *p, const char *uri, GError **err)
{
    const QemuConfig *config = p->dom->driver->config;
    g_autoptr(GError) why = NULL;

    p->peer = api_open(uri, NULL, 0, err);
    if (!p->peer)
        return false;
    watch_peer(p->peer, p->dom);
    if (p->peer->driver->set_keepalive &&
        p->peer->driver->set_keepalive(p->peer, config->keepalive_interval, config->keepalive_count, &why) < 0)
        log_info("destination '%s': no keepalive: %s, ignoring", uri, why->message);
    return true;
}

static bool
check_peer(MigEnd *dst, GError **err)
{
    bool p2p;

    if (!mig_end_has_feature(dst, MIG_FEATURE_P2P, &p2p, err))
        return false;
    return p2p || fail(err, VIR_ERR_OPERATION_FAILED,
                       _("Destination libvirt does not support peer-to-peer migration protocol"));
}

static bool
drive(P2p *p, const MigratePerformIn *in, GError **err)
{
    MigEnd src = { .data = p, .name = _("this host"), .ask = ask_here };
    MigEnd dst = migrate_end_dest(p->peer, in->dconnuri);
    MigRun run = { .src = &src, .dst = &dst, .dom = in->dom, .params = in->params,
                   .flags = in->flags & ~VIR_MIGRATE_CHANGE_PROTECTION };
    bool   ok;

    p->run = &run;
    ok = check_peer(&dst, err) && mig_dialect_pick(&run, false, err) && mig_run(&run, err);
    mig_run_clear(&run);
    return ok;
}

static bool
check_arguments(const MigratePerformIn *in, GError **err)
{
    if (in->cookie)
        return fail(err, VIR_ERR_OPERATION_INVALID, _("received unexpected cookie with P2P migration"));
    return in->dconnuri || fail(err, VIR_ERR_INVALID_ARG,
                                _("peer-to-peer migration needs the destination's connection URI"));
}

static void
p2p_clear(P2p *p)
{
    if (p->peer)
        conn_unref(p->peer);
    if (p->self)
        conn_unref(p->self);
    qemu_domain_unref(p->dom);
}

bool
qmig_p2p(VirConn *client, const MigratePerformIn *in, GError **err)
{
    QemuDriver *driver = qemu_driver_of(client);
    P2p         p = { 0 };
    bool        ok;

    if (!check_arguments(in, err))
        return false;
    p.dom = qemu_domain_find(driver, &in->dom, err);
    if (!p.dom)
        return false;
    p.self = qemu_driver_connect_self(driver);
    ok = connect_peer(&p, in->dconnuri, err) && drive(&p, in, err);
    p2p_clear(&p);
    return ok;
}
