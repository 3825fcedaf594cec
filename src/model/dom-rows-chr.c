/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Character devices: serial, parallel, console, channel. One struct, four tables, as their <target> differs. */
#include "model/dom-rows.h"

#include <string.h>

#define M(type, member) ROW_MEMBER(type, member)

static bool
has_path(const void *obj)
{
    DomChrType type = ((const DomChrSource *)obj)->type;

    return type == DOM_CHR_PTY || type == DOM_CHR_FILE || type == DOM_CHR_UNIX;
}

static bool
is_file(const void *obj)
{
    return ((const DomChrSource *)obj)->type == DOM_CHR_FILE;
}

static bool
has_mode(const void *obj)
{
    DomChrType type = ((const DomChrSource *)obj)->type;

    return type == DOM_CHR_UNIX || type == DOM_CHR_TCP;
}

static bool
asks_to_reconnect(const void *obj)
{
    return has_mode(obj) && ((const DomChrSource *)obj)->reconnect_enabled == DOM_TRI_ON;
}

static bool
is_tcp(const void *obj)
{
    return ((const DomChrSource *)obj)->type == DOM_CHR_TCP;
}

static bool
is_udp(const void *obj)
{
    return ((const DomChrSource *)obj)->type == DOM_CHR_UDP;
}

static bool
hide_path(const void *obj, const RowPrint *how)
{
    const DomChrSource *src = obj;

    return !how->live && (src->type == DOM_CHR_PTY || src->auto_path);
}

/* The mode of a socket whose path is not printed says nothing. */
static bool
hide_mode(const void *obj, const RowPrint *how)
{
    const DomChrSource *src = obj;

    return src->type == DOM_CHR_UNIX && (!src->path || hide_path(obj, how));
}

static void
claim(XmlNode *node)
{
    node->seen = true;
    for (XmlAttr *attr = node->attrs; attr; attr = attr->next)
        if (strcmp(attr->name, "mode") == 0 || strcmp(attr->name, "host") == 0 || strcmp(attr->name, "service") == 0)
            attr->seen = true;
}

/* udp has two <source> elements: bind is our end, connect the other one. */
static bool
read_udp(void *obj, XmlNode *node, const RowRead *how, GError **err)
{
    DomChrSource *src = obj;

    for (XmlNode *source = xml_child(node, "source"); source; source = xml_again(source)) {
        bool bind = g_strcmp0(xml_attr(source, "mode"), "bind") == 0;
        char **host = bind ? &src->udp_bind_host : &src->udp_connect_host;
        char **service = bind ? &src->udp_bind_service : &src->udp_connect_service;

        if (*host || *service)
            return fail(err, VIR_ERR_XML_ERROR, _("more than one <source> of the same mode in <%s> (line %d)"), node->name,
                        source->line);
        *host = g_strdup(xml_attr(source, "host"));
        *service = g_strdup(xml_attr(source, "service"));
        claim(source);
    }
    if (!src->udp_connect_service)
        return fail(err, VIR_ERR_INTERNAL_ERROR, _("missing service of the udp source in mode 'connect' in <%s> (line %d)"),
                    node->name, node->line);
    return true;
}

static void
print_udp_end(XmlDoc *doc, XmlNode *node, const char *mode, const char *host, const char *service)
{
    if (!host && !service)
        return;

    XmlNode *source = xml_add(doc, node, "source");

    xml_set(doc, source, "mode", mode);
    if (host)
        xml_set(doc, source, "host", host);
    if (service)
        xml_set(doc, source, "service", service);
}

static void
print_udp(const void *obj, XmlDoc *doc, XmlNode *node, const RowPrint *how)
{
    const DomChrSource *src = obj;

    print_udp_end(doc, node, "bind", src->udp_bind_host, src->udp_bind_service);
    print_udp_end(doc, node, "connect", src->udp_connect_host, src->udp_connect_service);
}

static const RowHook udp_hook = {read_udp, print_udp};

static const Row chr_source_rows[] = {
    {"@type", ROW_ENUM, M(DomChrSource, type), dom_chr_names, .flags = ROW_REQUIRED, .code = VIR_ERR_CONFIG_UNSUPPORTED},
    {"source@mode", ROW_ENUM, M(DomChrSource, mode), dom_chr_mode_names, .when = has_mode, .hide = hide_mode},
    {"source@path", ROW_STR, M(DomChrSource, path), .when = has_path, .hide = hide_path},
    {"source@append", ROW_ENUM, M(DomChrSource, append), dom_on_off_names, .when = is_file},
    {"source@host", ROW_STR, M(DomChrSource, host), .when = is_tcp},
    {"source@service", ROW_STR, M(DomChrSource, service), .when = is_tcp},
    {"source@tls", ROW_ENUM, M(DomChrSource, tls), dom_yes_no_names, .when = is_tcp},
    {"source/reconnect@enabled", ROW_ENUM, M(DomChrSource, reconnect_enabled), dom_yes_no_names, .when = has_mode},
    {"source/reconnect@timeout", ROW_UINT, M(DomChrSource, reconnect), .when = asks_to_reconnect, .flags = ROW_ALONG},
    {NULL, ROW_HOOK, .arg = &udp_hook, .when = is_udp},
    {NULL, ROW_STR, M(DomChrSource, udp_bind_host)},
    {NULL, ROW_STR, M(DomChrSource, udp_bind_service)},
    {NULL, ROW_STR, M(DomChrSource, udp_connect_host)},
    {NULL, ROW_STR, M(DomChrSource, udp_connect_service)},
    {"protocol@type", ROW_ENUM, M(DomChrSource, protocol), dom_chr_protocol_names, .when = is_tcp, .code = VIR_ERR_CONFIG_UNSUPPORTED},
    {"log@file", ROW_STR, M(DomChrSource, log_file)},
    {"log@append", ROW_ENUM, M(DomChrSource, log_append), dom_on_off_names},
    {NULL},
};
static const RowTable chr_source_table = {"character device", sizeof(DomChrSource), chr_source_rows};

#define SOURCE {"", ROW_STRUCT, M(DomChr, src), &chr_source_table}
#define INFO {"", ROW_STRUCT, M(DomChr, info), &dom_info_table, .abi = ""}
/* Members that only some of the four use, but which each of them may hold after a conversion. */
#define OWN_NAME {NULL, ROW_STR, M(DomChr, name)}
#define OWN_MODEL {NULL, ROW_STR, M(DomChr, target_model)}

static const Row serial_rows[] = {
    SOURCE,
    {"target@type", ROW_ENUM, M(DomChr, target), dom_chr_target_names, .abi = "serial port type", .code = VIR_ERR_CONFIG_UNSUPPORTED},
    {"target@port", ROW_INT, M(DomChr, port), .abi = "serial port", .flags = ROW_MINUS, .max = 255},
    {"target/model@name", ROW_STR, M(DomChr, target_model), .abi = "serial port model"},
    OWN_NAME,
    INFO,
    {NULL},
};
const RowTable dom_serial_table = {"serial port", sizeof(DomChr), serial_rows};

static const Row parallel_rows[] = {
    SOURCE,
    {"target@port", ROW_INT, M(DomChr, port), .abi = "parallel port", .flags = ROW_MINUS, .max = 255},
    OWN_NAME,
    OWN_MODEL,
    INFO,
    {NULL},
};
const RowTable dom_parallel_table = {"parallel port", sizeof(DomChr), parallel_rows};

/* A pty console repeats its path in an attribute: the oldest form of the XML, and still what clients look for. */
static bool
read_tty(void *obj, XmlNode *node, const RowRead *how, GError **err)
{
    for (XmlAttr *attr = node->attrs; attr; attr = attr->next)
        if (strcmp(attr->name, "tty") == 0)
            attr->seen = true;
    return true;
}

static void
print_tty(const void *obj, XmlDoc *doc, XmlNode *node, const RowPrint *how)
{
    const DomChr *chr = obj;

    if (how->live && chr->src.type == DOM_CHR_PTY && chr->src.path && chr->port <= 0)
        xml_set(doc, node, "tty", chr->src.path);
}

static const RowHook tty_hook = {read_tty, print_tty};

static const Row console_rows[] = {
    SOURCE,
    {NULL, ROW_HOOK, .arg = &tty_hook},
    {"target@type", ROW_ENUM, M(DomChr, target), dom_chr_target_names, .abi = "console type", .code = VIR_ERR_CONFIG_UNSUPPORTED},
    {"target@port", ROW_INT, M(DomChr, port), .abi = "console port", .flags = ROW_MINUS, .max = 255},
    OWN_NAME,
    OWN_MODEL,
    INFO,
    {NULL},
};
const RowTable dom_console_table = {"console", sizeof(DomChr), console_rows};

static const Row channel_rows[] = {
    SOURCE,
    {"target@type", ROW_ENUM, M(DomChr, target), dom_chr_target_names, .flags = ROW_REQUIRED, .abi = "channel type", .code = VIR_ERR_CONFIG_UNSUPPORTED},
    {"target@name", ROW_STR, M(DomChr, name), .abi = "channel name"},
    {"target@state", ROW_ENUM, M(DomChr, state), dom_channel_state_names, .flags = ROW_LIVE},
    OWN_MODEL,
    INFO,
    {NULL},
};
const RowTable dom_channel_table = {"channel", sizeof(DomChr), channel_rows};
