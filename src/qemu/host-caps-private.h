/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Shared by the files that write <capabilities>. */
#pragma once

#include "qemu/host-caps.h"

/* Escaped for XML. */
void host_caps_add(GString *xml, const char *format, ...) G_GNUC_PRINTF(2, 3);
/* caps: its QEMU describes the models; NULL: none is installed, and the CPU stays without a name. */
void host_caps_add_cpu(GString *xml, const virNodeInfo *info, const QemuCaps *caps);
void host_caps_add_caches(GString *xml, const HostTopology *topology);
/* guint64 in KiB, ascending, the ordinary size first. Caller unrefs. */
GArray *host_page_sizes(void);
