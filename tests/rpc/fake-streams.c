/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Streams of the fake server: what comes is kept or poured into a pipe, what goes is zeros. */
#include "fake-private.h"
#include "util/err.h"
#include "util/fd.h"

#define VIR_FROM_THIS VIR_FROM_TEST

static void
up_data(RpcStream *s, const guint8 *bytes, gsize len, gpointer data)
{
    Fake *fake = data;

    g_mutex_lock(&fake->lock);
    g_string_append_len(fake->uploaded, (const char *)bytes, (gssize)len);
    if (fake->pause_uploads)
        rpc_stream_pause(s);
    g_cond_broadcast(&fake->cond);
    g_mutex_unlock(&fake->lock);
}

static void
up_end(RpcStream *s, gpointer data)
{
    Fake *fake = data;
    bool  hold;

    g_mutex_lock(&fake->lock);
    hold = fake->hold_answer;
    g_mutex_unlock(&fake->lock);
    if (!hold)
        rpc_stream_end(s);
    fake_count(fake, &fake->ends);
}

static void
up_abort(RpcStream *s, gpointer data)
{
    Fake *fake = data;

    (void)s;
    fake_count(fake, &fake->aborts);
}

static void
stream_gone(gpointer data)
{
    Fake *fake = data;

    fake_count(fake, &fake->streams_gone);
}

static const RpcStreamOps upload_ops = {
    .data = up_data, .end = up_end, .abort = up_abort, .destroy = stream_gone,
};

static void
pour_gone(gpointer data)
{
    Fake *fake = data;

    g_mutex_lock(&fake->lock);
    fd_close(&fake->pipe);
    g_mutex_unlock(&fake->lock);
    stream_gone(data);
}

static const RpcStreamOps pour_ops = { .end = up_end, .abort = up_abort, .destroy = pour_gone };

bool
fake_do_pour(RpcRequest *req, gconstpointer in, gpointer out, GError **err)
{
    Fake                *fake = fake_of(req);
    g_autoptr(RpcStream) s = rpc_request_open_stream(req, &pour_ops, fake);

    (void)in, (void)out, (void)err;
    rpc_stream_pour_into(s, fake->pipe);
    return true;
}

bool
fake_do_upload(RpcRequest *req, gconstpointer vin, gpointer vout, GError **err)
{
    const NumberIn *in = vin;
    Fake           *fake = fake_of(req);
    RpcStream      *s = rpc_request_open_stream(req, &upload_ops, fake), *old;

    (void)vout;
    g_mutex_lock(&fake->lock);
    old = g_steal_pointer(&fake->upload);
    if (in->value >= 0)
        fake->upload = g_steal_pointer(&s);
    g_mutex_unlock(&fake->lock);
    rpc_stream_unref(old);
    rpc_stream_unref(s);
    return in->value >= 0 || fail(err, VIR_ERR_OPERATION_FAILED, "no upload today");
}

typedef struct { Fake *fake; gint64 left; } Download;

static void
feed(RpcStream *s, gpointer data)
{
    static const guint8 block[65536];
    Download           *d = data;

    while (d->left > 0) {
        gsize n = (gsize)MIN(d->left, (gint64)sizeof(block));

        if (rpc_stream_send(s, block, n) != RPC_STREAM_SENT)
            return;
        d->left -= (gint64)n;
    }
    rpc_stream_send_eof(s);
}

static void
down_writable(RpcStream *s, gpointer data)
{
    Download *d = data;

    fake_count(d->fake, &d->fake->writables);
    feed(s, d);
}

static void
down_gone(gpointer data)
{
    Download *d = data;

    fake_count(d->fake, &d->fake->streams_gone);
    g_free(d);
}

static const RpcStreamOps download_ops = { .writable = down_writable, .destroy = down_gone };

typedef struct { RpcStream *s; Download *d; } Feed;

static void
feed_soon(gpointer data)
{
    Feed *f = data;

    feed(f->s, f->d);
}

static void
feed_free(gpointer data)
{
    Feed *f = data;

    rpc_stream_unref(f->s);
    g_free(f);
}

bool
fake_do_download(RpcRequest *req, gconstpointer vin, gpointer vout, GError **err)
{
    const NumberIn *in = vin;
    Fake           *fake = fake_of(req);
    Download       *d = g_new0(Download, 1);
    Feed           *f = g_new0(Feed, 1);

    (void)vout;
    (void)err;
    d->fake = fake;
    d->left = in->value;
    f->d = d;
    f->s = rpc_request_open_stream(req, &download_ops, d);
    loop_post(fake->loop, feed_soon, f, feed_free);
    return true;
}
