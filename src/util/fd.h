/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * File descriptors with an owner: closed at the end of a scope, handed over visibly, passed over unix sockets.
 * No state; any thread.
 */
#pragma once

#include <stdbool.h>

#include <glib.h>

/* fd_auto int fd = open(...); closes at the end of the scope unless stolen. Errno survives. */
#define fd_auto __attribute__((cleanup(fd_close)))
void fd_close(int *fd); /* closes when >= 0, and sets -1 */
int  fd_steal(int *fd);

bool fd_set_nonblock(int fd, bool nonblock, GError **err);
bool fd_set_cloexec(int fd, bool cloexec, GError **err);
/* Close-on-exec duplicate, or -1 with err set. */
int fd_dup(int fd, GError **err);

/* One NUL byte that carries fd as SCM_RIGHTS, the way libvirt's protocol passes descriptors. Both return 1 when done,
 * 0 at end of file (receiving), -1 with errno (EAGAIN on a non-blocking socket). What is received is close-on-exec. */
int fd_send(int sock, int fd);
int fd_recv(int sock, int *ret_fd);

/* splice() and write() that neither wait nor raise SIGPIPE, in libraries whose program did not ignore it. n > 0; -1 with
 * errno. */
gssize fd_splice(int from, int to, gsize n);
gssize fd_write(int fd, const void *bytes, gsize n);

/* close() of what somebody else has passed to us, on a thread of its own: it may wait as long as he likes (a file of his file
 * system in user space, a socket that lingers). */
void fd_close_foreign(const int *fds, guint n);

/* recv() that also takes descriptors which came with the bytes: appends at most max to fds (*n_fds grows), closes any
 * beyond. Descriptors are close-on-exec. max 0: the kernel throws them away. */
gssize fd_recv_bytes(int sock, void *buf, gsize size, int *fds, guint *n_fds, guint max);
