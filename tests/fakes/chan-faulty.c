/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "chan-faulty.h"

#include <string.h>

typedef struct {
    const Fault *next, *end;
    gsize        at;    /* bytes passed so far */
    gsize        split; /* 0: no limit */
    guint        delay; /* attempts still to be refused */
    bool         cut;
} Direction;

typedef struct {
    Chan      base;
    Direction in, out;
} FaultyChan;

/* Reaches the rows whose place has come. Returns how many of size bytes may pass now; 0: none. */
static gsize
allowance(Direction *d, gsize size, guint8 *ret_flip)
{
    *ret_flip = 0;
    while (d->next < d->end && d->next->at <= d->at) {
        const Fault *f = d->next++;

        if (f->kind == FAULT_SPLIT)
            d->split = f->n;
        else if (f->kind == FAULT_DELAY)
            d->delay = f->n;
        else if (f->kind == FAULT_CUT)
            d->cut = true;
        else
            *ret_flip = (guint8)f->n;
    }
    if (d->cut)
        return 0;
    if (d->delay > 0) {
        d->delay--;
        return 0;
    }
    if (*ret_flip)
        return 1;
    if (d->split)
        size = MIN(size, d->split);
    return d->next < d->end ? MIN(size, d->next->at - d->at) : size;
}

static ChanResult
faulty_read(Chan *c, void *buf, gsize size, gsize *ret_n, GError **err)
{
    FaultyChan *f = (FaultyChan *)c;
    guint8      flip;
    gsize       n = allowance(&f->in, size, &flip);
    ChanResult  result;

    if (n == 0)
        return f->in.cut ? CHAN_EOF : CHAN_AGAIN;
    result = chan_read(c->below, buf, n, ret_n, err);
    if (result != CHAN_DONE) {
        if (flip) /* not yet there: keep it for the byte itself */
            f->in.next--;
        return result;
    }
    *(guint8 *)buf ^= flip;
    f->in.at += *ret_n;
    return CHAN_DONE;
}

static ChanResult
faulty_write(Chan *c, const struct iovec *v, int n_v, gsize *ret_n, GError **err)
{
    FaultyChan  *f = (FaultyChan *)c;
    guint8       flip, byte;
    gsize        n = allowance(&f->out, v->iov_len, &flip);
    struct iovec one = { v->iov_base, n };
    ChanResult   result;

    (void)n_v;
    if (n == 0 && f->out.cut)
        chan_shutdown(c->below);
    if (n == 0)
        return f->out.cut ? CHAN_EOF : CHAN_AGAIN;
    byte = *(const guint8 *)v->iov_base ^ flip;
    if (flip)
        one.iov_base = &byte;
    result = chan_write(c->below, &one, 1, ret_n, err);
    if (result == CHAN_DONE)
        f->out.at += *ret_n;
    else if (flip)
        f->out.next--;
    return result;
}

static ChanResult
faulty_send_fd(Chan *c, int fd, GError **err)
{
    return chan_send_fd(c->below, fd, err);
}

static int
faulty_take_fd(Chan *c)
{
    return chan_take_fd(c->below);
}

static void
faulty_free(Chan *c)
{
    (void)c;
}

static const ChanOps faulty_ops = {
    .name = "faulty", .read = faulty_read, .write = faulty_write, .send_fd = faulty_send_fd,
    .take_fd = faulty_take_fd, .free = faulty_free,
};

Chan *
chan_new_faulty(Chan *below, const Fault *reads, gsize n_reads, const Fault *writes, gsize n_writes)
{
    FaultyChan *f = g_new0(FaultyChan, 1);

    f->base = (Chan) { .ops = &faulty_ops, .below = below, .fd = -1 };
    f->in.next = reads;
    f->in.end = reads + n_reads;
    f->out.next = writes;
    f->out.end = writes + n_writes;
    return &f->base;
}
