/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* RDMA: QEMU's own, which needs a device and memory that may be locked. A guest says how much by its hard limit, which
 * no domain definition of ours can hold yet, so that both ends refuse, in libvirt's words, and say what else lacks. */
#include "qemu/via.h"

#define VIR_FROM_THIS VIR_FROM_QEMU

#define DEVICES "/sys/class/infiniband"

static bool
host_has_device(void)
{
    g_autoptr(GDir) dir = g_dir_open(DEVICES, 0, NULL);

    return dir && g_dir_read_name(dir);
}

static bool
refuse(GError **err)
{
    if (host_has_device())
        return fail(err, VIR_ERR_OPERATION_INVALID, _("cannot start RDMA migration with no memory hard limit set"));
    return fail(err, VIR_ERR_OPERATION_INVALID,
                _("cannot start RDMA migration with no memory hard limit set; and this host has no RDMA device (%s is empty)"),
                DEVICES);
}

static bool
rdma_listen(ViaDst *dst, guint16 after, GError **err)
{
    return refuse(err);
}

static bool
rdma_connect(ViaSrc *src, GError **err)
{
    return refuse(err);
}

const ViaOps via_rdma = {
    .scheme = "rdma",
    .can = VIA_URI | VIA_PINNED,
    .listen = rdma_listen,
    .connect = rdma_connect,
};
