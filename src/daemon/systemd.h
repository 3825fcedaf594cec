/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The two small protocols between systemd and a service: the notification datagram and passed sockets (sd_notify(3),
 * sd_listen_fds(3) document both for being spoken directly). Does nothing when not started by systemd. Main thread.
 */
#pragma once

/* state: "READY=1", "STOPPING=1". */
void systemd_notify(const char *state);
/* The passed socket of that name (FileDescriptorName=), or -1. */
int systemd_socket(const char *name);
