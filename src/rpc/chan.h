/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * A channel: bytes (and on unix sockets descriptors) to one peer, without blocking. Channels stack: a filter (TLS, a
 * test's fault injector) has one below it and is used in its place. Knows nothing of packets.
 *
 * At most one thread reads and one thread writes at a time; a filter that cannot bear that takes a lock of its own.
 * chan_shutdown() is for any thread; chan_free() for the last user.
 */
#pragma once

#include <stdbool.h>
#include <sys/types.h>
#include <sys/uio.h>

#include <glib.h>

typedef enum {
    CHAN_DONE,   /* *ret_n > 0 bytes moved; start: finished */
    CHAN_AGAIN,  /* wait until chan_fd() is ready for chan_wants() */
    CHAN_EOF,    /* the peer has closed; err is not set */
    CHAN_FAILED, /* err is set */
} ChanResult;

typedef struct Chan Chan;

typedef struct {
    const char *name;
    ChanResult (*start)(Chan *c, GError **err); /* handshake; NULL: none */
    ChanResult (*read)(Chan *c, void *buf, gsize size, gsize *ret_n, GError **err);
    ChanResult (*write)(Chan *c, const struct iovec *v, int n_v, gsize *ret_n, GError **err);
    /* What a read or write that said CHAN_AGAIN waits for, when that is not what its name says (a TLS read that must
     * write). NULL: G_IO_IN for reads, G_IO_OUT for writes. */
    GIOCondition (*wants)(const Chan *c, GIOCondition dir);
    bool (*pending)(const Chan *c); /* bytes decoded already that poll cannot see; NULL: never */
    /* One NUL byte that carries fd; NULL: this channel cannot. */
    ChanResult (*send_fd)(Chan *c, int fd, GError **err);
    int (*take_fd)(Chan *c);     /* next descriptor that came with bytes read so far, or -1; caller owns it */
    /* head, then at most n bytes that lie in pipe, without copying them; *ret_n counts both. NULL: not without copying. */
    ChanResult (*send_pipe)(Chan *c, const struct iovec *head, int pipe, gsize n, gsize *ret_n, GError **err);
    /* At most n bytes into pipe, likewise. CHAN_AGAIN: nothing has come, or pipe is full. */
    ChanResult (*recv_pipe)(Chan *c, int pipe, gsize n, gsize *ret_n, GError **err);
    void (*shutdown)(Chan *c);   /* NULL: the channel below does */
    void (*free)(Chan *c);       /* own fields only; the stack below is freed by chan_free() */
} ChanOps;

/* Embedded first in each channel's own struct. */
struct Chan {
    const ChanOps *ops;
    Chan          *below; /* owned; NULL: this is the socket */
    int            fd;    /* of the bottom channel; -1 in filters */
};

typedef struct {
    bool     is_unix;
    bool     has_creds;
    pid_t    pid;
    uid_t    uid;
    gid_t    gid;
    char    *local_addr;  /* numeric, NULL on unix */
    char    *remote_addr; /* numeric, NULL on unix */
    guint16  local_port, remote_port;
} ChanPeer;

void chan_peer_clear(ChanPeer *peer);
void chan_get_peer(const Chan *c, ChanPeer *ret_peer);

int          chan_fd(const Chan *c);
ChanResult   chan_start(Chan *c, GError **err);
ChanResult   chan_read(Chan *c, void *buf, gsize size, gsize *ret_n, GError **err);
ChanResult   chan_write(Chan *c, const struct iovec *v, int n_v, gsize *ret_n, GError **err);
GIOCondition chan_wants(const Chan *c, GIOCondition dir);
bool         chan_pending(const Chan *c);
bool         chan_can_send_fds(const Chan *c);
ChanResult   chan_send_fd(Chan *c, int fd, GError **err);
int          chan_take_fd(Chan *c);
bool         chan_can_pipe(const Chan *c);
ChanResult   chan_send_pipe(Chan *c, const struct iovec *head, int pipe, gsize n, gsize *ret_n, GError **err);
ChanResult   chan_recv_pipe(Chan *c, int pipe, gsize n, gsize *ret_n, GError **err);
void         chan_shutdown(Chan *c);
/* From now on the peer hears at once when this side closes or dies, not after what is unsent: that may be never, where
 * the peer has stopped reading. */
void         chan_set_abrupt(Chan *c, bool abrupt);
void         chan_free(Chan *c);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(Chan, chan_free)

/* These wait (poll); for a thread that may. */
bool chan_start_wait(Chan *c, GError **err);
/* The same for at most ms; it fails with what was waited for in vain. */
bool chan_start_within(Chan *c, int ms, GError **err);
/* Exactly one byte, as libvirt's daemon sends after TLS; false at EOF. */
bool chan_read_byte_wait(Chan *c, guint8 *ret_byte, GError **err);

/* Sockets (chan-socket.c). Connecting waits. Errors: "unable to connect to server at 'host:port': Connection refused",
 * "Failed to connect socket to '/path': No such file or directory". */
Chan *chan_connect_unix(const char *path, GError **err);
Chan *chan_connect_tcp(const char *host, const char *port, GError **err);
/* Takes fd: a connected stream socket of any family. */
Chan *chan_new_fd(int fd);
/* A connected pair (chan-pair.c). */
bool chan_new_pair(Chan **ret_a, Chan **ret_b, GError **err);
