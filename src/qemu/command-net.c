/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Network: the host's end (netdev) and the card. */
#include <string.h>

#include "qemu/command-private.h"

static const struct {
    DomNicModel model;
    const char *driver;
    bool virtio;
} nics[] = {
    { DOM_NIC_E1000, "e1000", false },
    { DOM_NIC_E1000E, "e1000e", false },
    { DOM_NIC_RTL8139, "rtl8139", false },
    { DOM_NIC_VIRTIO, "virtio-net-pci", true },
    { DOM_NIC_VIRTIO_TRANSITIONAL, "virtio-net-pci-transitional", true },
    { DOM_NIC_VIRTIO_NON_TRANSITIONAL, "virtio-net-pci-non-transitional", true },
    { DOM_NIC_NE2K_PCI, "ne2k_pci", false },
    { DOM_NIC_PCNET, "pcnet", false },
    { DOM_NIC_VMXNET3, "vmxnet3", false },
};

static char *
netdev_id(const DomNet *net)
{
    return g_strdup_printf("host%s", net->info.alias);
}

static bool
is_virtio(const DomNet *net)
{
    for (guint i = 0; i < G_N_ELEMENTS(nics); i++)
        if (nics[i].model == net->model)
            return nics[i].virtio;
    return false;
}

static guint
queues_of(const DomNet *net)
{
    return is_virtio(net) && net->queues > 1 ? net->queues : 1;
}

/* The kernel does a virtio card's work with KVM unless the definition says otherwise; no guest ABI. */
static bool
wants_vhost(const DomDef *def, const DomNet *net)
{
    if (!is_virtio(net) || net->backend == DOM_NIC_BACKEND_QEMU)
        return false;
    return net->backend == DOM_NIC_BACKEND_VHOST || def->virt == DOM_VIRT_KVM;
}

bool
plan_nets(QemuResources *resources, const CommandEnv *env, GError **err)
{
    DomNet *net;

    dom_each(net, env->def->nets) {
        g_autofree char *id = NULL;

        if (net->type == DOM_NET_USER)
            continue;
        if (net->type == DOM_NET_BRIDGE && !net->bridge)
            return fail(err, VIR_ERR_XML_ERROR, _("interface '%s' names no bridge (line %d)"), net->info.alias, net->info.line);
        id = netdev_id(net);
        for (guint queue = 0; queue < queues_of(net); queue++) {
            Resource *tap = plan_add(resources, RES_TAP, id, net->target ? net->target : "vnet%d");

            tap->queue = queue;
            tap->bridge = g_strdup(net->type == DOM_NET_BRIDGE ? net->bridge : NULL);
            tap->mtu = net->mtu;
            tap->multiqueue = queues_of(net) > 1;
            tap->vnet_hdr = is_virtio(net) || net->model == DOM_NIC_E1000E || net->model == DOM_NIC_VMXNET3;
            tap->managed = net->managed != DOM_TRI_OFF;
            memcpy(tap->mac, net->mac, sizeof(tap->mac));
        }
        for (guint queue = 0; wants_vhost(env->def, net) && queue < queues_of(net); queue++)
            plan_add(resources, RES_VHOST, id, "/dev/vhost-net")->queue = queue;
    }
    return true;
}

/* "fd" with one queue, "fds" with several. */
static void
add_fds(Cmd *cmd, Props *p, ResourceKind kind, const char *id, guint n, const char *name)
{
    g_autofree char *plural = g_strdup_printf("%ss", name);
    g_autoptr(GString) list = g_string_new(NULL);

    for (guint queue = 0; queue < n; queue++)
        g_string_append_printf(list, "%s%d", queue ? ":" : "", cmd_fd(cmd, kind, id, queue));
    props_string(p, n > 1 ? plural : name, list->str);
}

static bool
has_vhost(Cmd *cmd, const char *id, guint n)
{
    for (guint queue = 0; queue < n; queue++) {
        const Resource *vhost = cmd_resource(cmd, RES_VHOST, id, queue);

        if (!vhost || vhost->fd < 0)
            return false;
    }
    return true;
}

static void
build_tap(Cmd *cmd, const DomNet *net, const char *id)
{
    g_auto(Props) p = props_new("type", "tap");
    const guint n = queues_of(net);

    if (!cmd->env->resources) {
        props_string_opt(&p, "ifname", net->target);
        props_string(&p, "script", "no");
    } else {
        add_fds(cmd, &p, RES_TAP, id, n, "fd");
        if (has_vhost(cmd, id, n)) {
            props_bool(&p, "vhost", true);
            add_fds(cmd, &p, RES_VHOST, id, n, "vhostfd");
        }
    }
    props_string(&p, "id", id);
    cmd_json(cmd, "-netdev", &p);
}

static bool
build_netdev(Cmd *cmd, const DomNet *net, const char *id, GError **err)
{
    g_auto(Props) p = { NULL };

    switch (net->type) {
    case DOM_NET_USER:
        p = props_new("type", "user");
        props_string(&p, "id", id);
        cmd_json(cmd, "-netdev", &p);
        return true;
    case DOM_NET_ETHERNET:
    case DOM_NET_BRIDGE:
        build_tap(cmd, net, id);
        return true;
    case DOM_NET_NONE:
        break;
    }
    return fail(err, VIR_ERR_CONFIG_UNSUPPORTED, _("interface '%s' is of an unsupported type"), net->info.alias);
}

static void
add_virtio(Props *p, const DomNet *net)
{
    if (net->txmode)
        props_string(p, "tx", net->txmode == DOM_TXMODE_IOTHREAD ? "bh" : "timer");
    props_tri_opt(p, "ioeventfd", net->ioeventfd);
    props_tri_opt(p, "event_idx", net->event_idx);
    if (queues_of(net) > 1) {
        props_bool(p, "mq", true);
        props_int(p, "vectors", 2 * queues_of(net) + 2);
    }
    props_int_opt(p, "rx_queue_size", net->rx_queue_size);
    props_int_opt(p, "tx_queue_size", net->tx_queue_size);
    props_int_opt(p, "host_mtu", net->mtu);
}

static bool
build_card(Cmd *cmd, const DomNet *net, const char *id, GError **err)
{
    const char *driver = NULL;
    g_autofree char *user = g_strdup_printf("interface '%s'", net->info.alias);
    g_auto(Props) p = { NULL };

    for (guint i = 0; i < G_N_ELEMENTS(nics); i++)
        if (nics[i].model == net->model)
            driver = nics[i].driver;
    if (!driver)
        return fail(err, VIR_ERR_CONFIG_UNSUPPORTED, _("interface '%s' has no supported model"), net->info.alias);
    p = props_new("driver", driver);
    if (is_virtio(net))
        add_virtio(&p, net);
    props_string(&p, "netdev", id);
    props_string(&p, "id", net->info.alias);
    props_format(&p, "mac", "%02x:%02x:%02x:%02x:%02x:%02x", net->mac[0], net->mac[1], net->mac[2], net->mac[3],
                 net->mac[4], net->mac[5]);
    props_int_opt(&p, "bootindex", cmd_boot_net(cmd->def, net));
    if (!cmd_address(cmd, &p, &net->info, err))
        return false;
    cmd_rom(&p, &net->info);
    return cmd_device(cmd, driver, user, &p, err);
}

bool
cmd_build_nets(Cmd *cmd, GError **err)
{
    DomNet *net;

    dom_each(net, cmd->def->nets) {
        g_autofree char *id = netdev_id(net);

        if (!build_netdev(cmd, net, id, err) || !build_card(cmd, net, id, err))
            return dom_at(err, "interface", net->info.line);
    }
    return true;
}
