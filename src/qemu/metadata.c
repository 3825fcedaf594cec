/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "qemu/metadata.h"

#include <string.h>

#include "util/err.h"
#include "util/xml.h"

#define VIR_FROM_THIS VIR_FROM_DOMAIN

/* One top-level element: [start, end), its start tag up to tag_end. */
typedef struct {
    const char *start, *tag_end, *end;
} Span;

/* Opening and closing mark of what may contain any character. */
static const struct {
    const char *open, *close;
} opaques[] = { { "<!--", "-->" }, { "<![CDATA[", "]]>" }, { "<?", "?>" } };

/* Past a comment, CDATA section or instruction at p; NULL: p is none. */
static const char *
skip_opaque(const char *p)
{
    for (gsize i = 0; i < G_N_ELEMENTS(opaques); i++) {
        const char *end;

        if (!g_str_has_prefix(p, opaques[i].open))
            continue;
        end = strstr(p + strlen(opaques[i].open), opaques[i].close);
        return end ? end + strlen(opaques[i].close) : p + strlen(p);
    }
    return NULL;
}

/* Past the '>' of the tag at p; quoted '>' do not count. */
static const char *
skip_tag(const char *p)
{
    char quote = 0;

    for (; *p; p++) {
        if (quote)
            quote = *p == quote ? 0 : quote;
        else if (*p == '"' || *p == '\'')
            quote = *p;
        else if (*p == '>')
            return p + 1;
    }
    return p;
}

/* The next top-level element from *at on, which moves behind it. */
static bool
next_element(const char **at, Span *ret)
{
    const char *p = *at;
    int depth = 0;

    *ret = (Span){ 0 };
    while ((p = strchr(p, '<'))) {
        const char *past = skip_opaque(p), *tag = p;

        if (past) {
            p = past;
            continue;
        }
        p = skip_tag(p);
        if (depth == 0) {
            ret->start = tag;
            ret->tag_end = p;
        }
        if (tag[1] == '/')
            depth--;
        else if (p - tag < 2 || p[-2] != '/')
            depth++;
        if (depth <= 0) {
            ret->end = *at = p;
            return ret->start != NULL;
        }
    }
    return false;
}

/* "xmlns:app" for <app:thing>, "xmlns" for <thing>. */
static char *
ns_attribute(const Span *span)
{
    gsize name = strcspn(span->start + 1, " \t\r\n/>");
    const char *colon = memchr(span->start + 1, ':', name);

    return colon ? g_strdup_printf("xmlns:%.*s", (int)(colon - span->start - 1), span->start + 1) : g_strdup("xmlns");
}

static bool
has_uri(const Span *span, const char *uri)
{
    g_autofree char *attr = ns_attribute(span);
    g_autofree char *tag = g_strndup(span->start, (gsize)(span->tag_end - span->start));
    gsize len = strlen(attr);

    for (const char *p = tag; (p = strstr(p, attr)); p += len) {
        const char *value = p + len + strspn(p + len, " \t\r\n");
        const char *end;

        if (!g_ascii_isspace(p[-1]) || *value != '=')
            continue;
        value += 1 + strspn(value + 1, " \t\r\n");
        end = *value == '"' || *value == '\'' ? strchr(value + 1, *value) : NULL;
        if (end && strlen(uri) == (gsize)(end - value - 1) && strncmp(value + 1, uri, strlen(uri)) == 0)
            return true;
    }
    return false;
}

/* What is between <metadata> and </metadata>; NULL: nothing. */
static char *
children_of(const char *metadata)
{
    const char *start = metadata ? skip_tag(metadata) : NULL;
    const char *end = start ? g_strrstr(start, "</") : NULL;

    return end ? g_strndup(start, (gsize)(end - start)) : NULL;
}

static const char *
skip_prefix(const char *name, const char *prefix)
{
    gsize len = strlen(prefix);

    return len && strncmp(name, prefix, len) == 0 && name[len] == ':' ? name + len + 1 : name;
}

/* The tag [p, end) without the prefix and without the attribute that declares it. */
static void
append_bare_tag(GString *text, const char *p, const char *end, const char *prefix, const char *attr)
{
    gsize       name = p[1] == '/' ? 2 : 1;
    const char *declared = g_strstr_len(p, end - p, attr);
    const char *rest = skip_prefix(p + name, prefix);
    const char *quote = declared ? strpbrk(declared, "'\"") : NULL;

    g_string_append_len(text, p, (gssize)name);
    if (quote && quote < end && g_ascii_isspace(declared[-1])) {
        g_string_append_len(text, rest, declared - 1 - rest);
        rest = strchr(quote + 1, *quote) + 1;
    }
    g_string_append_len(text, rest, end - rest);
}

/* <app:thing xmlns:app="uri"><app:part/></app:thing> -> <thing><part/></thing>, which is what clients are given. */
static char *
without_namespace(const Span *span)
{
    g_autofree char *attr = ns_attribute(span);
    const char      *prefix = attr[5] == ':' ? attr + 6 : "";
    GString         *text = g_string_new(NULL);

    for (const char *p = span->start; p < span->end;) {
        const char *past = skip_opaque(p);

        if (*p != '<' || past) {
            gsize n = past ? (gsize)(past - p) : 1;

            g_string_append_len(text, p, (gssize)n);
            p += n;
            continue;
        }
        past = skip_tag(p);
        append_bare_tag(text, p, past, prefix, attr);
        p = past;
    }
    return g_string_free(text, FALSE);
}

char *
metadata_get(const char *metadata, const char *uri)
{
    g_autofree char *children = children_of(metadata);
    const char      *at = children;
    Span             span;

    while (at && next_element(&at, &span))
        if (has_uri(&span, uri))
            return without_namespace(&span);
    return NULL;
}

static void
append_name(GString *text, const char **p, const char *key)
{
    gsize n = strcspn(*p, " \t\r\n/>");

    g_string_append_printf(text, "%s:%.*s", key, (int)n, *p);
    *p += n;
}

/* <thing a="1"><part/></thing> -> <key:thing xmlns:key="uri" a="1"><key:part/></key:thing>: names without a prefix, in
 * the element and beneath it, get the application's. */
static char *
put_in_namespace(const char *element, const char *key, const char *uri)
{
    GString *text = g_string_new(NULL);
    bool     first = true;

    for (const char *p = element; *p;) {
        const char *past = skip_opaque(p), *name;

        if (*p != '<' || past) {
            gsize n = past ? (gsize)(past - p) : 1;

            g_string_append_len(text, p, (gssize)n);
            p += n;
            continue;
        }
        name = p + (p[1] == '/' ? 2 : 1);
        g_string_append_len(text, p, name - p);
        p = name;
        if (!memchr(p, ':', strcspn(p, " \t\r\n/>")))
            append_name(text, &p, key);
        if (first) {
            g_autofree char *escaped = g_markup_escape_text(uri, -1);

            g_string_append_len(text, p, (gssize)strcspn(p, " \t\r\n/>"));
            p += strcspn(p, " \t\r\n/>");
            g_string_append_printf(text, " xmlns:%s=\"%s\"", key, escaped);
            first = false;
        }
        past = skip_tag(p);
        g_string_append_len(text, p, past - p);
        p = past;
    }
    return g_string_free(text, FALSE);
}

static bool
check_element(const char *element, GError **err)
{
    XmlInput how = { .what = "(metadata_xml)", .from = VIR_FROM_THIS };
    XmlDoc  *doc = xml_parse(element, -1, &how, err);

    xml_doc_free(doc);
    return doc != NULL;
}

static void
append_child(GString *text, const char *child, gssize len)
{
    g_string_append(text, text->len ? "\n    " : "<metadata>\n    ");
    g_string_append_len(text, child, len);
}

bool
metadata_set(const char *metadata, const char *key, const char *uri, const char *element, char **ret, GError **err)
{
    g_autofree char *children = children_of(metadata);
    GString         *text;
    const char      *at = children;
    Span             span;

    if (element && !check_element(element, err))
        return false;
    text = g_string_new(NULL);
    while (at && next_element(&at, &span))
        if (!has_uri(&span, uri))
            append_child(text, span.start, span.end - span.start);
    if (element) {
        g_autofree char *placed = put_in_namespace(element, key, uri);

        append_child(text, placed, -1);
    }
    if (text->len)
        g_string_append(text, "\n  </metadata>");
    *ret = g_string_free(text, text->len == 0);
    return true;
}
