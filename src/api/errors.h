/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * virError as a value: made from a GError, copied, cleared. Behind virterror.c and the rim.
 */
#pragma once

#include <glib.h>
#include <libvirt/virterror.h>

/* Fills ret, whose former content is not freed. */
void virerr_from_gerror(const GError *err, virErrorPtr ret);
/* dst's former content is not freed. conn, dom and net are never carried over. */
void virerr_copy(const virError *src, virErrorPtr dst);
/* "QEMU Driver": who speaks, as libvirt prints it. "" for unknown numbers. */
const char *virerr_domain_name(int domain);
