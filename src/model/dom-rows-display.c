/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What one sees and hears: graphics, video, sound, audio. */
#include "model/dom-rows.h"

#include <string.h>

#define M(type, member) ROW_MEMBER(type, member)
#define INFO(type) {"", ROW_STRUCT, M(type, info), &dom_info_table, .abi = ""}

static void
print_nothing(const void *obj, XmlDoc *doc, XmlNode *node, const RowPrint *how)
{
}

static bool
listens_on_address(const void *obj)
{
    return ((const DomListen *)obj)->type == DOM_LISTEN_ADDRESS;
}

static bool
listens_on_socket(const void *obj)
{
    return ((const DomListen *)obj)->type == DOM_LISTEN_SOCKET;
}

static bool
hide_host_default(const void *obj, const RowPrint *how)
{
    return !how->live && ((const DomListen *)obj)->from_config;
}

static const Row listen_rows[] = {
    {"@type", ROW_ENUM, M(DomListen, type), dom_listen_names, .flags = ROW_REQUIRED},
    {"@address", ROW_STR, M(DomListen, address), .when = listens_on_address, .hide = hide_host_default},
    {"@socket", ROW_STR, M(DomListen, socket), .when = listens_on_socket, .hide = hide_host_default},
    {NULL},
};
const RowTable dom_listen_table = {"listen", sizeof(DomListen), listen_rows};

static bool
is_vnc(const void *obj)
{
    return ((const DomGraphics *)obj)->type == DOM_GRAPHICS_VNC;
}

static bool
is_spice(const void *obj)
{
    return ((const DomGraphics *)obj)->type == DOM_GRAPHICS_SPICE;
}

static const DomListen *
first_listen(const DomGraphics *graphics)
{
    return graphics->listens->len ? g_ptr_array_index(graphics->listens, 0) : NULL;
}

/* port, autoport, listen and socket depend on each other and on the first <listen>. */
static bool
read_port(void *obj, XmlNode *node, const RowRead *how, GError **err)
{
    DomGraphics *graphics = obj;
    uint64_t port;
    const char *text = NULL;

    for (XmlAttr *attr = node->attrs; attr; attr = attr->next) {
        bool is_port = strcmp(attr->name, "port") == 0;

        attr->seen |= is_port || strcmp(attr->name, "listen") == 0 || strcmp(attr->name, "socket") == 0;
        if (is_port)
            text = attr->value;
    }

    /* Spice tells "choose one" from "none at all". */
    if (!text || strcmp(text, "-1") == 0) {
        graphics->port = !text && graphics->type == DOM_GRAPHICS_SPICE ? 0 : -1;
        return true;
    }
    if (!rows_number(text, 65535, &port))
        return fail(err, VIR_ERR_XML_ERROR, _("cannot parse %s port %s (<graphics>, line %d)"), dom_name(dom_graphics_names, graphics->type),
                    text, node->line);
    graphics->port = port ? (int)port : -1;
    return true;
}

static void
print_port(const void *obj, XmlDoc *doc, XmlNode *node, const RowPrint *how)
{
    const DomGraphics *graphics = obj;
    const DomListen *listen = first_listen(graphics);
    bool automatic = graphics->autoport == DOM_TRI_ON;
    int port = (automatic && !how->live) || graphics->port == 0 ? -1 : graphics->port;
    g_autofree char *text = g_strdup_printf("%d", port);

    if (listen && (listen->type == DOM_LISTEN_SOCKET || listen->type == DOM_LISTEN_NOTHING))
        return;
    if (port > 0 || graphics->type == DOM_GRAPHICS_VNC)
        xml_set(doc, node, "port", text);
}

static const RowHook port_hook = {read_port, print_port};

static bool
hide_autoport(const void *obj, const RowPrint *how)
{
    const DomListen *listen = first_listen(obj);

    return listen && listen->type == DOM_LISTEN_SOCKET;
}

/* listen='' and socket='' of <graphics> are older spellings of the first <listen> and stay in step with it. */
static bool
read_listen(void *obj, XmlNode *node, const RowRead *how, GError **err)
{
    DomGraphics *graphics = obj;
    const char *address = xml_attr(node, "listen"), *socket = xml_attr(node, "socket");
    DomListen *first = (DomListen *)first_listen(graphics);

    if (!first && (address || socket)) {
        first = rows_new(&dom_listen_table);
        first->type = socket ? DOM_LISTEN_SOCKET : DOM_LISTEN_ADDRESS;
        g_ptr_array_add(graphics->listens, first);
        first->address = socket ? NULL : g_strdup(*address ? address : NULL);
        first->socket = g_strdup(socket);
        return true;
    }
    if (!first)
        return true;

    if (address && first->type == DOM_LISTEN_ADDRESS && !first->address)
        first->address = g_strdup(address);
    if (address && (first->type != DOM_LISTEN_ADDRESS || strcmp(first->address, address) != 0))
        return fail(err, VIR_ERR_CONFIG_UNSUPPORTED,
                    _("graphics 'listen' attribute '%s' must match 'address' attribute of first listen element (found '%s') (line %d)"),
                    address, first->address ? first->address : "none", node->line);
    if (socket && (first->type != DOM_LISTEN_SOCKET || g_strcmp0(first->socket, socket) != 0))
        return fail(err, VIR_ERR_CONFIG_UNSUPPORTED,
                    _("graphics 'socket' attribute '%s' must match 'socket' attribute of first listen element (found '%s') (line %d)"),
                    socket, first->socket ? first->socket : "none", node->line);
    return true;
}

static void
print_listen(const void *obj, XmlDoc *doc, XmlNode *node, const RowPrint *how)
{
    const DomListen *listen = first_listen(obj);

    if (!listen || hide_host_default(listen, how))
        return;
    if (listen->type == DOM_LISTEN_ADDRESS && listen->address)
        xml_set(doc, node, "listen", listen->address);
    if (listen->type == DOM_LISTEN_SOCKET && listen->socket)
        xml_set(doc, node, "socket", listen->socket);
}

static bool
read_nothing(void *obj, XmlNode *node, const RowRead *how, GError **err)
{
    return true;
}

/* Printed among the attributes, but read only after the <listen> elements. */
static const RowHook listen_print_hook = {read_nothing, print_listen};
static const RowHook listen_read_hook = {read_listen, print_nothing};

static bool
hide_automatic_port(const void *obj, const RowPrint *how)
{
    return !how->live && ((const DomGraphics *)obj)->autoport == DOM_TRI_ON;
}

static const Row spice_channel_rows[] = {
    {"@name", ROW_ENUM, M(DomSpiceChannel, name), dom_spice_channel_names, .flags = ROW_REQUIRED},
    {"@mode", ROW_ENUM, M(DomSpiceChannel, mode), dom_spice_mode_names, .flags = ROW_REQUIRED},
    {NULL},
};
static const RowTable spice_channel_table = {"spice channel", sizeof(DomSpiceChannel), spice_channel_rows};

static const Row graphics_rows[] = {
    {NULL, ROW_LINE, M(DomGraphics, line)},
    {"@type", ROW_ENUM, M(DomGraphics, type), dom_graphics_names, .flags = ROW_REQUIRED},
    {NULL, ROW_HOOK, .arg = &port_hook},
    {"@tlsPort", ROW_INT, M(DomGraphics, tls_port), .flags = ROW_MINUS, .when = is_spice, .hide = hide_automatic_port, .max = 65535},
    {"@autoport", ROW_ENUM, M(DomGraphics, autoport), dom_yes_no_names, .hide = hide_autoport},
    {"@websocket", ROW_INT, M(DomGraphics, websocket), .flags = ROW_MINUS, .when = is_vnc, .max = 65535},
    {NULL, ROW_HOOK, .arg = &listen_print_hook},
    {"@keymap", ROW_STR, M(DomGraphics, keymap)},
    {"@sharePolicy", ROW_STR, M(DomGraphics, share_policy), dom_share_policy_names, .when = is_vnc},
    {"@powerControl", ROW_ENUM, M(DomGraphics, power_control), dom_yes_no_names, .when = is_vnc},
    {"@defaultMode", ROW_ENUM, M(DomGraphics, default_mode), dom_spice_mode_names, .when = is_spice},
    {"@passwd", ROW_STR, M(DomGraphics, passwd), .flags = ROW_SECURE | ROW_EMPTY},
    {"listen", ROW_LIST, M(DomGraphics, listens), &dom_listen_table},
    {NULL, ROW_HOOK, .arg = &listen_read_hook},
    {"channel", ROW_LIST, M(DomGraphics, channels), &spice_channel_table, .when = is_spice},
    {"image@compression", ROW_STR, M(DomGraphics, image_compression), dom_image_compression_names, .flags = ROW_ALONG, .when = is_spice},
    {"jpeg@compression", ROW_STR, M(DomGraphics, jpeg), dom_jpeg_names, .flags = ROW_ALONG, .when = is_spice},
    {"zlib@compression", ROW_STR, M(DomGraphics, zlib), dom_jpeg_names, .flags = ROW_ALONG, .when = is_spice},
    {"playback@compression", ROW_ENUM, M(DomGraphics, playback), dom_on_off_names, .flags = ROW_ALONG, .when = is_spice},
    {"streaming@mode", ROW_STR, M(DomGraphics, streaming), dom_streaming_names, .flags = ROW_ALONG, .when = is_spice},
    {"mouse@mode", ROW_STR, M(DomGraphics, mouse_mode), dom_mouse_mode_names, .flags = ROW_ALONG, .when = is_spice},
    {"clipboard@copypaste", ROW_ENUM, M(DomGraphics, copypaste), dom_yes_no_names, .flags = ROW_ALONG, .when = is_spice},
    {"filetransfer@enable", ROW_ENUM, M(DomGraphics, filetransfer), dom_yes_no_names, .flags = ROW_ALONG, .when = is_spice},
    {NULL},
};
const RowTable dom_graphics_table = {"graphics", sizeof(DomGraphics), graphics_rows};

static const Row codec_rows[] = {
    {"@type", ROW_STR, .off = 0, .size = sizeof(char *), .arg = dom_codec_names, .flags = ROW_REQUIRED, .abi = "sound codec", .code = VIR_ERR_CONFIG_UNSUPPORTED},
    {NULL},
};
static const RowTable codec_table = {"codec", sizeof(char *), codec_rows};

static const Row sound_rows[] = {
    {"@model", ROW_ENUM, M(DomSound, model), dom_sound_names, .flags = ROW_REQUIRED, .abi = "sound card model"},
    {"codec", ROW_LIST, M(DomSound, codecs), &codec_table, .abi = "sound codec"},
    {"audio@id", ROW_UINT, M(DomSound, audio_id), .flags = ROW_ALONG | ROW_NONZERO},
    INFO(DomSound),
    {NULL},
};
const RowTable dom_sound_table = {"sound", sizeof(DomSound), sound_rows};

static const Row audio_rows[] = {
    {NULL, ROW_LINE, M(DomAudio, line)},
    {"@id", ROW_UINT, M(DomAudio, id), .flags = ROW_REQUIRED | ROW_NONZERO},
    {"@type", ROW_ENUM, M(DomAudio, type), dom_audio_names, .flags = ROW_REQUIRED},
    {NULL},
};
const RowTable dom_audio_table = {"audio", sizeof(DomAudio), audio_rows};

static const Row video_rows[] = {
    {"model@type", ROW_ENUM, M(DomVideo, type), dom_video_names, .abi = "video card model", .code = VIR_ERR_CONFIG_UNSUPPORTED},
    {"model@ram", ROW_UINT, M(DomVideo, ram), .abi = "video card ram"},
    {"model@vram", ROW_UINT, M(DomVideo, vram), .abi = "video card vram"},
    {"model@vram64", ROW_UINT, M(DomVideo, vram64), .abi = "video card vram64"},
    {"model@vgamem", ROW_UINT, M(DomVideo, vgamem), .abi = "video card vgamem"},
    {"model@heads", ROW_UINT, M(DomVideo, heads), .flags = ROW_NONZERO, .abi = "video card head count", .max = 64, .code = VIR_ERR_CONFIG_UNSUPPORTED},
    {"model@primary", ROW_ENUM, M(DomVideo, primary), dom_yes_no_names, .abi = "video card primary"},
    {"model/acceleration@accel3d", ROW_ENUM, M(DomVideo, accel3d), dom_yes_no_names, .abi = "video card 3d acceleration"},
    {"model/resolution@x", ROW_UINT, M(DomVideo, res_x), .flags = ROW_ALONG},
    {"model/resolution@y", ROW_UINT, M(DomVideo, res_y), .flags = ROW_ALONG},
    INFO(DomVideo),
    {NULL},
};
const RowTable dom_video_table = {"video", sizeof(DomVideo), video_rows};
