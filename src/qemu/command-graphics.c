/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Remote displays: VNC and spice, their ports and their TLS. */
#include <string.h>

#include "qemu/command-private.h"

#define BASE_PORT 5900

static const DomListen *
first_listen(const DomGraphics *g)
{
    return g->listens && g->listens->len ? g_ptr_array_index(g->listens, 0) : NULL;
}

static const char *
listen_address(const DomGraphics *g)
{
    const DomListen *listen = first_listen(g);

    return listen && listen->address ? listen->address : "127.0.0.1";
}

/* Automatic ports are chosen at start; a command line that is only read gets the first. */
static int
port_of(const Cmd *cmd, int port, int first)
{
    return port <= 0 && !cmd->env->resources ? first : port;
}

static bool
add_vnc_place(const Cmd *cmd, GString *text, const DomGraphics *g, GError **err)
{
    const DomListen *listen = first_listen(g);
    const char *address = listen_address(g);
    const int port = port_of(cmd, g->port, BASE_PORT);

    if (listen && listen->type == DOM_LISTEN_SOCKET) {
        g_autofree char *escaped = listen->socket ? cmd_escape(listen->socket) : NULL;

        if (!escaped)
            return fail(err, VIR_ERR_CONFIG_UNSUPPORTED, _("VNC socket has no path"));
        g_string_append_printf(text, "unix:%s", escaped);
        return true;
    }
    if (listen && listen->type == DOM_LISTEN_NOTHING) {
        g_string_append(text, "none");
        return true;
    }
    if (port < BASE_PORT)
        return fail(err, VIR_ERR_INVALID_ARG, _("VNC port must be %d or higher, not %d"), BASE_PORT, port);
    g_string_append_printf(text, strchr(address, ':') ? "[%s]:%d" : "%s:%d", address, port - BASE_PORT);
    return true;
}

static bool
add_vnc_tls(Cmd *cmd, GString *text, GError **err)
{
    g_auto(Props) p = { NULL };

    if (!cmd->env->vnc_tls_dir)
        return true;
    p = props_new("qom-type", "tls-creds-x509");
    props_string(&p, "id", "vnc-tls-creds0");
    props_string(&p, "dir", cmd->env->vnc_tls_dir);
    props_string(&p, "endpoint", "server");
    props_bool(&p, "verify-peer", cmd->env->vnc_tls_verify);
    cmd_json(cmd, "-object", &p);
    g_string_append(text, ",tls-creds=vnc-tls-creds0");
    return true;
}

static bool
build_vnc(Cmd *cmd, const DomGraphics *g, GError **err)
{
    g_autoptr(GString) text = g_string_new(NULL);
    const DomAudio *audio = cmd_first_audio(cmd->def);

    if (!add_vnc_place(cmd, text, g, err))
        return false;
    if (g->websocket > 0)
        g_string_append_printf(text, ",websocket=%d", g->websocket);
    if (g->share_policy)
        g_string_append_printf(text, ",share=%s", g->share_policy);
    if (g->passwd) /* the password itself goes over the monitor */
        g_string_append(text, ",password=on");
    if (!add_vnc_tls(cmd, text, err))
        return false;
    if (g->power_control != DOM_TRI_ABSENT)
        g_string_append_printf(text, ",power-control=%s", g->power_control == DOM_TRI_ON ? "on" : "off");
    if (audio)
        g_string_append_printf(text, ",audiodev=audio%u", audio->id);
    cmd_opt(cmd, "-vnc", "%s", text->str);
    if (g->keymap)
        cmd_opt(cmd, "-k", "%s", g->keymap);
    return true;
}

typedef struct { int plain, tls; } SpicePorts; /* 0: none */

static bool
find_ports(const Cmd *cmd, const DomGraphics *g, SpicePorts *ret, GError **err)
{
    const bool automatic = g->autoport == DOM_TRI_ON;
    bool plain, tls;

    dom_spice_wants(g, cmd->env->spice_tls_dir != NULL, &plain, &tls);
    ret->plain = automatic && !plain ? 0 : automatic ? port_of(cmd, g->port, BASE_PORT) : MAX(g->port, 0);
    ret->tls = automatic && !tls ? 0 : automatic ? port_of(cmd, g->tls_port, BASE_PORT + 1) : MAX(g->tls_port, 0);
    if ((ret->tls > 0 || (automatic && tls)) && !cmd->env->spice_tls_dir)
        return fail(err, VIR_ERR_CONFIG_UNSUPPORTED,
                    _("spice TLS port set in XML configuration, but TLS is disabled: start godwitd with --spice-tls-dir"));
    if (ret->plain <= 0 && ret->tls <= 0)
        return fail(err, VIR_ERR_CONFIG_UNSUPPORTED, _("spice graphics need a port: give 'port' or autoport='yes'"));
    return true;
}

static bool
add_place(Cmd *cmd, GString *text, const DomGraphics *g, SpicePorts *ports, GError **err)
{
    const DomListen *listen = first_listen(g);

    if (listen && listen->type == DOM_LISTEN_SOCKET)
        return fail(err, VIR_ERR_CONFIG_UNSUPPORTED, _("spice listen type '%s' is not supported"),
                    dom_name(dom_listen_names, listen->type));
    if (listen && listen->type == DOM_LISTEN_NOTHING) {
        g_string_append(text, "port=0");
        return true;
    }
    if (!find_ports(cmd, g, ports, err))
        return false;
    if (ports->plain)
        g_string_append_printf(text, "port=%d,", ports->plain);
    if (ports->tls)
        g_string_append_printf(text, "tls-port=%d,", ports->tls);
    g_string_append_printf(text, "addr=%s", listen_address(g));
    return true;
}

static bool
add_mode(GString *text, DomSpiceMode mode, const char *channel, const SpicePorts *ports, GError **err)
{
    if (mode == DOM_SPICE_SECURE && !ports->tls)
        return fail(err, VIR_ERR_CONFIG_UNSUPPORTED,
                    _("spice channel '%s' is to be secure in XML configuration, but TLS connection is not available"), channel);
    if (mode == DOM_SPICE_INSECURE && !ports->plain)
        return fail(err, VIR_ERR_CONFIG_UNSUPPORTED,
                    _("spice channel '%s' is to be insecure in XML configuration, but plaintext connection is not available"), channel);
    if (mode == DOM_SPICE_SECURE || mode == DOM_SPICE_INSECURE)
        g_string_append_printf(text, ",%s-channel=%s", mode == DOM_SPICE_SECURE ? "tls" : "plaintext", channel);
    return true;
}

static bool
add_modes(const Cmd *cmd, GString *text, const DomGraphics *g, const SpicePorts *ports, GError **err)
{
    g_autofree char *dir = ports->tls ? cmd_escape(cmd->env->spice_tls_dir) : NULL;
    const DomSpiceChannel *channel;

    if (dir)
        g_string_append_printf(text, ",x509-dir=%s", dir);
    if (!add_mode(text, g->default_mode, "default", ports, err))
        return false;
    dom_each(channel, g->channels)
        if (!add_mode(text, channel->mode, dom_name(dom_spice_channel_names, channel->name), ports, err))
            return false;
    return true;
}

static void
add_choices(GString *text, const DomGraphics *g)
{
    const struct { const char *option, *value; } choices[] = {
        { "image-compression", g->image_compression },
        { "jpeg-wan-compression", g->jpeg },
        { "zlib-glz-wan-compression", g->zlib },
        { "playback-compression", dom_name(dom_on_off_names, g->playback) },
        { "streaming-video", g->streaming },
        { "disable-copy-paste", g->copypaste == DOM_TRI_OFF ? "on" : NULL },
        { "disable-agent-file-xfer", g->filetransfer == DOM_TRI_OFF ? "on" : NULL },
    };

    for (guint i = 0; i < G_N_ELEMENTS(choices); i++)
        if (choices[i].value)
            g_string_append_printf(text, ",%s=%s", choices[i].option, choices[i].value);
}

static bool
build_spice(Cmd *cmd, const DomGraphics *g, GError **err)
{
    g_autoptr(GString) text = g_string_new(NULL);
    SpicePorts ports = { 0 };

    if (!qemu_caps_has_option(cmd->caps, "spice", NULL))
        return fail(err, VIR_ERR_CONFIG_UNSUPPORTED, _("spice graphics are not supported by emulator '%s'"),
                    qemu_caps_binary(cmd->caps));
    if (!add_place(cmd, text, g, &ports, err))
        return false;
    if (g->mouse_mode)
        g_string_append_printf(text, ",agent-mouse=%s", g_str_equal(g->mouse_mode, "client") ? "on" : "off");
    if (!g->passwd) /* the password itself goes over the monitor */
        g_string_append(text, ",disable-ticketing=on");
    if (!add_modes(cmd, text, g, &ports, err))
        return false;
    add_choices(text, g);
    g_string_append(text, ",seamless-migration=on");
    cmd_opt(cmd, "-spice", "%s", text->str);
    if (g->keymap)
        cmd_opt(cmd, "-k", "%s", g->keymap);
    return true;
}

bool
cmd_build_graphics(Cmd *cmd, GError **err)
{
    DomGraphics *g;

    dom_each(g, cmd->def->graphics)
        if (g->type == DOM_GRAPHICS_SPICE ? !build_spice(cmd, g, err) : !build_vnc(cmd, g, err))
            return dom_at(err, "graphics", g->line);
    return true;
}
