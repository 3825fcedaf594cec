/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Defaults and checks of network cards, input, display and the small devices. */
#include "model/dom-rows.h"

#include <string.h>

#include "model/dom-layout.h"

static void
generate_mac(DomNet *net)
{
    guint32 random = g_random_int();
    const unsigned char mac[6] = {0x52, 0x54, 0x00, random & 0xff, random >> 8 & 0xff, random >> 16 & 0xff};

    memcpy(net->mac, mac, sizeof(mac));
    net->mac_given = true;
}

static bool
is_virtio_nic(const DomNet *net)
{
    return net->model == DOM_NIC_VIRTIO || net->model == DOM_NIC_VIRTIO_TRANSITIONAL || net->model == DOM_NIC_VIRTIO_NON_TRANSITIONAL;
}

static bool
default_net(DomNet *net, GError **err)
{
    if (!net->mac_given)
        generate_mac(net);
    if (net->mac[0] & 1)
        return fail(err, VIR_ERR_XML_ERROR, _("expected unicast mac address, found multicast '%02x:%02x:%02x:%02x:%02x:%02x' (<interface>, line %d)"),
                    net->mac[0], net->mac[1], net->mac[2], net->mac[3], net->mac[4], net->mac[5], net->info.line);
    if (net->type == DOM_NET_BRIDGE && !net->bridge)
        return fail(err, VIR_ERR_XML_ERROR,
                    _("No <source> 'bridge' attribute specified with <interface type='bridge'/> (line %d)"), net->info.line);
    if (!net->model)
        net->model = DOM_NIC_RTL8139;
    if (net->queues > 1 && net->type == DOM_NET_USER)
        return fail(err, VIR_ERR_CONFIG_UNSUPPORTED, _("multiqueue network is not supported for interface type 'user' (line %d)"),
                    net->info.line);
    if (net->queues && !is_virtio_nic(net))
        return fail(err, VIR_ERR_CONFIG_UNSUPPORTED, _("<driver queues=''> of <interface> needs model 'virtio' (line %d)"),
                    net->info.line);
    if (net->target && strlen(net->target) > 15)
        return fail(err, VIR_ERR_XML_ERROR, _("interface name '%s' is longer than 15 bytes (line %d)"), net->target, net->info.line);
    return true;
}

static bool
default_input(DomInput *input, GError **err)
{
    if (!input->bus)
        input->bus = input->type == DOM_INPUT_TABLET ? DOM_INPUT_BUS_USB : DOM_INPUT_BUS_PS2;
    if (input->bus == DOM_INPUT_BUS_PS2 && input->type == DOM_INPUT_TABLET)
        return fail(err, VIR_ERR_CONFIG_UNSUPPORTED, _("ps2 bus does not support %s input device (line %d)"), "tablet",
                    input->info.line);
    return true;
}

/* One channel of each name, the last that is given, in the order of their names; "any" is what all are anyway. */
static void
default_spice(DomGraphics *graphics)
{
    DomSpiceMode modes[DOM_SPICE_CHANNEL_LAST] = {0};
    DomSpiceChannel *channel;
    guint kept = 0;

    if (graphics->default_mode == DOM_SPICE_ANY)
        graphics->default_mode = DOM_SPICE_MODE_NONE;
    dom_each(channel, graphics->channels)
        modes[channel->name] = channel->mode;
    for (DomSpiceChannelName name = DOM_SPICE_MAIN; name < DOM_SPICE_CHANNEL_LAST; name++)
        if (modes[name] == DOM_SPICE_SECURE || modes[name] == DOM_SPICE_INSECURE) {
            channel = g_ptr_array_index(graphics->channels, kept++);
            *channel = (DomSpiceChannel){name, modes[name]};
        }
    for (guint i = kept; i < graphics->channels->len; i++)
        g_free(g_ptr_array_index(graphics->channels, i));
    g_ptr_array_set_size(graphics->channels, (gint)kept);
}

void
dom_spice_wants(const DomGraphics *graphics, bool tls, bool *ret_plain, bool *ret_tls)
{
    const bool any = graphics->default_mode != DOM_SPICE_SECURE && graphics->default_mode != DOM_SPICE_INSECURE;
    const DomSpiceChannel *channel;

    *ret_plain = any || graphics->default_mode == DOM_SPICE_INSECURE;
    *ret_tls = (any && tls) || graphics->default_mode == DOM_SPICE_SECURE;
    dom_each(channel, graphics->channels) {
        *ret_plain |= channel->mode == DOM_SPICE_INSECURE;
        *ret_tls |= channel->mode == DOM_SPICE_SECURE;
    }
}

static bool
is_closed(const DomGraphics *graphics)
{
    return ((const DomListen *)g_ptr_array_index(graphics->listens, 0))->type == DOM_LISTEN_NOTHING;
}

/* Spice without any port, and no word of an automatic one, listens nowhere: viewers come by a descriptor. */
static void
close_portless_spice(DomGraphics *graphics)
{
    DomListen *listen = g_ptr_array_index(graphics->listens, 0);

    if (graphics->type == DOM_GRAPHICS_SPICE && graphics->port == 0 && graphics->tls_port <= 0 && graphics->autoport != DOM_TRI_ON &&
        listen->type == DOM_LISTEN_ADDRESS) {
        listen->type = DOM_LISTEN_NOTHING;
        g_clear_pointer(&listen->address, g_free);
    }
    if (is_closed(graphics))
        graphics->autoport = DOM_TRI_ABSENT;
}

static bool
default_graphics(DomGraphics *graphics, GError **err)
{
    bool socket = false;
    DomListen *listen;

    if (!graphics->listens->len) {
        listen = rows_new(&dom_listen_table);
        listen->type = DOM_LISTEN_ADDRESS;
        g_ptr_array_add(graphics->listens, listen);
    }
    dom_each(listen, graphics->listens)
        socket |= listen->type == DOM_LISTEN_SOCKET;
    if (graphics->listens->len > 1)
        return fail(err, VIR_ERR_CONFIG_UNSUPPORTED, "%s", _("qemu supports only one listen for graphics"));

    close_portless_spice(graphics);
    /* An explicit port and autoport='yes' together: the port is a memory of an earlier run. */
    if (graphics->autoport == DOM_TRI_ON)
        graphics->port = graphics->tls_port = -1;
    else if (!socket && !is_closed(graphics) && graphics->port <= 0 && graphics->tls_port <= 0)
        graphics->autoport = DOM_TRI_ON;
    else if (!socket && !is_closed(graphics))
        graphics->autoport = DOM_TRI_OFF;

    default_spice(graphics);
    if (graphics->type == DOM_GRAPHICS_VNC && graphics->port != -1 && graphics->port < 5900)
        return fail(err, VIR_ERR_CONFIG_UNSUPPORTED, _("vnc port must be in range [5900,65535], not %d"), graphics->port);
    if (graphics->type == DOM_GRAPHICS_VNC && graphics->passwd && strlen(graphics->passwd) > 8)
        return fail(err, VIR_ERR_CONFIG_UNSUPPORTED, _("VNC password is %zu characters long, only 8 permitted"),
                    strlen(graphics->passwd));
    return true;
}

/* KiB of video memory when nothing is said. */
typedef struct { DomVideoType type; unsigned ram, vram, vgamem; bool many_heads; } VideoDefault;

static const VideoDefault video_defaults[] = {
    {DOM_VIDEO_VGA, 0, 16384, 0, false},     {DOM_VIDEO_CIRRUS, 0, 16384, 0, false}, {DOM_VIDEO_VMVGA, 0, 16384, 0, false},
    {DOM_VIDEO_BOCHS, 0, 16384, 0, false},   {DOM_VIDEO_QXL, 65536, 65536, 16384, true}, {DOM_VIDEO_VIRTIO, 0, 0, 0, true},
};

/* As libvirt has it, which compares the numbers when the guest comes to it. */
static unsigned
round_up(unsigned kib)
{
    return kib > 1 && kib <= 1u << 31 ? 1u << g_bit_storage(kib - 1) : kib;
}

static bool
default_video(DomVideo *video, GError **err)
{
    if (!video->type)
        video->type = DOM_VIDEO_CIRRUS;

    for (size_t i = 0; i < G_N_ELEMENTS(video_defaults); i++) {
        const VideoDefault *row = &video_defaults[i];

        if (row->type != video->type)
            continue;
        video->ram = round_up(video->ram ? video->ram : row->ram);
        video->vram = round_up(video->vram ? video->vram : row->vram);
        video->vgamem = video->vgamem ? video->vgamem : row->vgamem;
        video->heads = video->heads ? video->heads : 1;
        if (video->heads > 1 && !row->many_heads)
            return fail(err, VIR_ERR_CONFIG_UNSUPPORTED, _("video card of type '%s' has only one head (line %d)"),
                        dom_name(dom_video_names, video->type), video->info.line);
    }
    return true;
}

/* The primary card comes first. */
static bool
default_videos(DomDef *def, GError **err)
{
    DomVideo *video, *primary = NULL;

    dom_each(video, def->videos) {
        if (!default_video(video, err))
            return false;
        if (video->type == DOM_VIDEO_NONE && def->videos->len > 1)
            return fail(err, VIR_ERR_CONFIG_UNSUPPORTED,
                        _("a 'none' video type must be the only video device defined for the domain (<video>, line %d)"), video->info.line);
        if (video->primary != DOM_TRI_ON)
            continue;
        if (primary)
            return fail(err, VIR_ERR_CONFIG_UNSUPPORTED, _("Only one primary video device is supported (<video>, line %d)"), video->info.line);
        primary = video;
    }

    if (primary) {
        g_ptr_array_remove(def->videos, primary);
        g_ptr_array_insert(def->videos, 0, primary);
    } else if (def->videos->len) {
        video = g_ptr_array_index(def->videos, 0);
        if (video->type != DOM_VIDEO_NONE)
            video->primary = DOM_TRI_ON;
    }

    for (guint i = 1; i < def->videos->len; i++) {
        video = g_ptr_array_index(def->videos, i);
        if (video->type != DOM_VIDEO_QXL && video->type != DOM_VIDEO_VIRTIO)
            return fail(err, VIR_ERR_CONFIG_UNSUPPORTED, _("video type '%s' is only valid as primary video device (<video>, line %d)"),
                        dom_name(dom_video_names, video->type), video->info.line);
    }
    return true;
}

static void
default_small(DomDef *def)
{
    DomWatchdog *watchdog;
    DomPanic *panic;
    DomTpm *tpm;

    dom_each(watchdog, def->watchdogs)
        if (!watchdog->action)
            watchdog->action = DOM_WATCHDOG_RESET;
    dom_each(panic, def->panics)
        if (!panic->model)
            panic->model = DOM_PANIC_ISA;
    dom_each(tpm, def->tpms) {
        if (!tpm->model)
            tpm->model = DOM_TPM_TIS;
        if (!tpm->version)
            tpm->version = g_strdup("2.0");
    }
}

bool
dom_default_devices(DomDef *def, GError **err)
{
    DomDisk *disk;
    DomNet *net;
    DomInput *input;
    DomGraphics *graphics;

    dom_each(disk, def->disks)
        if (!dom_default_disk(def, disk, err))
            return false;
    dom_sort_disks(def);
    dom_each(net, def->nets)
        if (!default_net(net, err))
            return false;
    dom_each(input, def->inputs)
        if (!default_input(input, err))
            return false;
    dom_each(graphics, def->graphics)
        if (!default_graphics(graphics, err))
            return dom_at(err, "graphics", graphics->line);
    default_small(def);
    return default_videos(def, err) && dom_default_chrs(def, err);
}
