/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <string.h>


#include "migration/cookie-rows.h"
#include "migration/knobs.h"

#define VIR_FROM_THIS VIR_FROM_QEMU

/* libvirt's escapes; control characters cannot be said in XML and are left out. */
static void
add_escaped(GString *out, const char *text)
{
    for (const char *c = text; *c; c++) {
        switch (*c) {
        case '<': g_string_append(out, "&lt;"); break;
        case '>': g_string_append(out, "&gt;"); break;
        case '&': g_string_append(out, "&amp;"); break;
        case '"': g_string_append(out, "&quot;"); break;
        case '\'': g_string_append(out, "&apos;"); break;
        default:
            if ((guchar)*c >= 0x20 || *c == '\n' || *c == '\t')
                g_string_append_c(out, *c);
        }
    }
}

void
cookie_add_element(GString *out, const char *format, const char *text)
{
    g_autoptr(GString) safe = g_string_new(NULL);

    if (text == NULL)
        return;
    add_escaped(safe, text);
    g_string_append_printf(out, format, safe->str);
}

/* Lines of markup may be moved sideways; lines inside a text may not. */
static bool
is_all_markup(const char *xml)
{
    for (const char *line = xml; *line;) {
        const char *end = strchrnul(line, '\n');

        while (line < end && *line == ' ')
            line++;
        if (line < end && *line != '<')
            return false;
        line = *end ? end + 1 : end;
    }
    return true;
}

static void
add_xml(GString *out, const char *xml)
{
    bool shift = is_all_markup(xml);

    for (const char *line = xml; *line;) {
        const char *end = strchrnul(line, '\n');

        if (end > line) {
            g_string_append(out, shift ? "  " : "");
            g_string_append_len(out, line, end - line);
        }
        g_string_append_c(out, '\n');
        line = *end ? end + 1 : end;
    }
}

/* The reverse: an element taken out of the envelope still has its inner lines two columns to the right. */
static char *
take_xml(const char *xml)
{
    g_auto(GStrv) lines = g_strsplit(xml, "\n", -1);

    for (guint i = 1; lines[i]; i++) {
        if (lines[i][0] && strncmp(lines[i], "  ", 2) != 0)
            return g_strdup(xml);
    }
    for (guint i = 1; lines[i]; i++) {
        if (lines[i][0])
            memmove(lines[i], lines[i] + 2, strlen(lines[i] + 2) + 1);
    }
    return g_strjoinv("\n", lines);
}

static bool
take_opaque(char **where, XmlNode *node)
{
    g_free(*where);
    *where = xml_print_node(node);
    return true;
}

void cookie_format_graphics(const MigCookie *cookie, GString *out) { add_xml(out, cookie->graphics_xml); }
void cookie_format_network(const MigCookie *cookie, GString *out) { add_xml(out, cookie->network_xml); }
void cookie_format_nbd(const MigCookie *cookie, GString *out) { add_xml(out, cookie->nbd_xml); }
void cookie_format_bitmaps(const MigCookie *cookie, GString *out) { add_xml(out, cookie->bitmaps_xml); }
void cookie_format_cpu(const MigCookie *cookie, GString *out) { add_xml(out, cookie->cpu_xml); }
void cookie_format_persistent(const MigCookie *cookie, GString *out) { add_xml(out, cookie->persistent_xml); }

bool
cookie_parse_graphics(MigCookie *cookie, XmlNode *node, GError **err)
{
    return take_opaque(&cookie->graphics_xml, node);
}

bool
cookie_parse_network(MigCookie *cookie, XmlNode *node, GError **err)
{
    return take_opaque(&cookie->network_xml, node);
}

bool
cookie_parse_nbd(MigCookie *cookie, XmlNode *node, GError **err)
{
    return take_opaque(&cookie->nbd_xml, node);
}

bool
cookie_parse_bitmaps(MigCookie *cookie, XmlNode *node, GError **err)
{
    return take_opaque(&cookie->bitmaps_xml, node);
}

bool
cookie_parse_cpu(MigCookie *cookie, XmlNode *node, GError **err)
{
    return take_opaque(&cookie->cpu_xml, node);
}

bool
cookie_parse_persistent(MigCookie *cookie, XmlNode *node, GError **err)
{
    if (node->verbatim == NULL)
        return fail(err, VIR_ERR_INTERNAL_ERROR, _("migration cookie holds more than one persistent definition"));
    g_free(cookie->persistent_xml);
    cookie->persistent_xml = take_xml(node->verbatim);
    return true;
}

void
cookie_format_lockstate(const MigCookie *cookie, GString *out)
{
    if (cookie->lock_driver == NULL)
        return;
    cookie_add_element(out, "  <lockstate driver='%s'>\n", cookie->lock_driver);
    cookie_add_element(out, "    <leases>%s</leases>\n", cookie->lock_leases);
    g_string_append(out, "  </lockstate>\n");
}

/* Its state would have to be handed to the same lock manager here. */
bool
cookie_parse_lockstate(MigCookie *cookie, XmlNode *node, GError **err)
{
    const char *driver = xml_attr(node, "driver");

    if (driver && strcmp(driver, "nop") != 0)
        return fail(err, VIR_ERR_CONFIG_UNSUPPORTED,
                    _("source host lock driver '%s' is not supported on this host: migrate without a lock manager"),
                    driver);
    return true;
}

void
cookie_format_caps(const MigCookie *cookie, GString *out)
{
    g_string_append(out, "  <capabilities>\n");
    for (guint i = 0; i < mig_caps_n; i++) {
        if (cookie->caps & (1u << i))
            g_string_append_printf(out, "    <cap name='%s' auto='%s'/>\n", mig_caps[i].name,
                                   cookie->caps_auto & (1u << i) ? "yes" : "no");
    }
    g_string_append(out, "  </capabilities>\n");
}

bool
cookie_parse_caps(MigCookie *cookie, XmlNode *node, GError **err)
{
    for (const XmlNode *cap = xml_child(node, "cap"); cap; cap = xml_again(cap)) {
        const char *name = xml_attr(cap, "name");
        const char *on = xml_attr(cap, "auto");
        int at = name ? mig_cap_index(name) : -1;

        if (name == NULL)
            return fail(err, VIR_ERR_INTERNAL_ERROR, _("missing migration capability name"));
        /* A newer peer's capability that we do not know is one that we shall not ask for. */
        if (at < 0)
            continue;
        cookie->caps |= 1u << at;
        if (g_strcmp0(on, "yes") == 0)
            cookie->caps_auto |= 1u << at;
    }
    return true;
}

void
cookie_format_godwit(const MigCookie *cookie, GString *out)
{
    g_string_append(out, "  <godwit>\n");
    if (cookie->present & COOKIE_MIGRATION)
        cookie_add_element(out, "    <migration id='%s'/>\n", cookie->migration_id);
    if (cookie->present & COOKIE_WITNESS) {
        cookie_add_element(out, "    <witness address='%s'", cookie->witness.address);
        g_string_append_printf(out, " port='%u'", cookie->witness.port);
        cookie_add_element(out, " token='%s'", cookie->witness.token);
        cookie_add_element(out, " id='%s'/>\n", cookie->witness.id);
    }
    g_string_append(out, "  </godwit>\n");
}

static bool
is_hex(const char *text, gsize min, gsize max, const char *extra)
{
    gsize length = text ? strlen(text) : 0;

    if (length < min || length > max)
        return false;
    for (; *text; text++) {
        if (!g_ascii_isxdigit(*text) && !strchr(extra, *text))
            return false;
    }
    return true;
}

/* An address or a name; the source resolves it as it does the migration URI. */
static bool
is_host(const char *text)
{
    gsize length = text ? strlen(text) : 0;

    if (length == 0 || length > 253)
        return false;
    for (; *text; text++) {
        if (!g_ascii_isalnum(*text) && !strchr(".-_:%", *text))
            return false;
    }
    return true;
}

static bool
parse_witness(MigCookie *cookie, XmlNode *node, GError **err)
{
    const char *address = xml_attr(node, "address"), *port = xml_attr(node, "port");
    const char *token = xml_attr(node, "token"), *id = xml_attr(node, "id");
    guint64 number = 0;

    if (!is_host(address) || !port || !g_ascii_string_to_unsigned(port, 10, 1, 65535, &number, NULL) ||
        !is_hex(token, 32, 32, "") || !is_hex(id, 1, 36, "-"))
        return fail(err, VIR_ERR_INTERNAL_ERROR, _("malformed witness in migration cookie"));
    mig_cookie_set_witness(cookie, &(MigWitness){ (char *)address, (guint)number, (char *)token, (char *)id });
    return true;
}

bool
cookie_parse_godwit(MigCookie *cookie, XmlNode *node, GError **err)
{
    XmlNode *migration = xml_child(node, "migration"), *witness = xml_child(node, "witness");

    if (migration) {
        if (!is_hex(xml_attr(migration, "id"), 1, 36, "-"))
            return fail(err, VIR_ERR_INTERNAL_ERROR, _("malformed migration id in migration cookie"));
        mig_cookie_set_migration_id(cookie, xml_attr(migration, "id"));
    }
    return witness == NULL || parse_witness(cookie, witness, err);
}
