/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Bytes from a stranger into the server's side of TLS before it knows anybody, in pieces as long as the first byte says.
 * Nothing that it sends may get a stranger in. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "../fakes/certs.h"
#include "rpc/chan-tls.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* What the stranger sends; what is sent to it goes nowhere. */
typedef struct {
    Chan           base;
    const uint8_t *data;
    size_t         left, step, due;
} Stranger;

static ChanResult
stranger_read(Chan *c, void *buf, gsize size, gsize *ret_n, GError **err)
{
    Stranger *s = (Stranger *)c;
    size_t    n = MIN(MIN(size, s->left), s->due);

    if (s->left == 0)
        return CHAN_EOF;
    if (n == 0) {
        s->due = s->step;
        return CHAN_AGAIN;
    }
    memcpy(buf, s->data, n);
    s->data += n;
    s->left -= n;
    s->due -= n;
    *ret_n = n;
    return CHAN_DONE;
}

static ChanResult
stranger_write(Chan *c, const struct iovec *v, int n_v, gsize *ret_n, GError **err)
{
    *ret_n = 0;
    for (int i = 0; i < n_v; i++)
        *ret_n += v[i].iov_len;
    return CHAN_DONE;
}

static void
stranger_free(Chan *c)
{
}

static const ChanOps stranger_ops = {
    .name = "stranger", .read = stranger_read, .write = stranger_write, .free = stranger_free,
};

static Certs certs;

static void
remove_certs(void)
{
    certs_clear(&certs);
}

static TlsCreds *
get_creds(void)
{
    static TlsCreds *creds;

    if (!creds) {
        certs_make(&certs);
        atexit(remove_certs);
        creds = certs_load(&certs, "ca", "server", (TlsConfig) { .role = TLS_SERVER }, NULL);
    }
    return creds;
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    Stranger  *s;
    Chan      *chan;
    ChanResult result = CHAN_AGAIN;

    if (size == 0)
        return 0;
    s = g_new0(Stranger, 1);
    s->base = (Chan) { .ops = &stranger_ops, .fd = -1 };
    s->data = data + 1;
    s->left = size - 1;
    s->step = s->due = data[0] ? data[0] : size;
    chan = chan_new_tls(&s->base, get_creds(), NULL, NULL);
    while (result == CHAN_AGAIN) {
        g_autoptr(GError) err = NULL;

        result = chan_start(chan, &err);
        if ((result == CHAN_FAILED) != (err != NULL))
            __builtin_trap();
    }
    if (result == CHAN_DONE)
        __builtin_trap();
    chan_free(chan);
    return 0;
}
