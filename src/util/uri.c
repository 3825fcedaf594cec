/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "util/uri.h"

#include <string.h>

#include "util/err.h"

#define VIR_FROM_THIS VIR_FROM_URI

#define PATH_SAFE "/:@!$'()*,;="
#define VALUE_SAFE "/:@!$'()*,?"

/* Connection URIs */

void
conn_uri_free(ConnUri *uri)
{
    if (!uri)
        return;
    for (guint i = 0; i < uri->n_params; i++) {
        g_free(uri->params[i].name);
        g_free(uri->params[i].value);
    }
    g_free(uri->params);
    g_free(uri->driver);
    g_free(uri->transport);
    g_free(uri->user);
    g_free(uri->host);
    g_free(uri->path);
    g_free(uri);
}

static bool
take_scheme(const char *scheme, ConnUri *uri, GError **err)
{
    const char *plus = strchr(scheme, '+');

    if (!plus) {
        uri->driver = g_strdup(scheme);
        return true;
    }
    if (plus == scheme || !plus[1] || strchr(plus + 1, '+'))
        return fail(err, VIR_ERR_INVALID_ARG, _("scheme '%s' is not DRIVER+TRANSPORT"), scheme);
    uri->driver = g_strndup(scheme, (gsize)(plus - scheme));
    uri->transport = g_strdup(plus + 1);
    return true;
}

/* A '+' is itself here: libvirt's parameters hold paths and commands, not form data. */
static char *
unescape(const char *text, gsize len, GError **err)
{
    char *s = g_uri_unescape_segment(text, text + len, NULL);

    /* No bytes were lost only if nothing became a NUL. */
    if (s && g_utf8_validate(s, -1, NULL))
        return s;
    g_free(s);
    return fail_null(err, VIR_ERR_INVALID_ARG, _("parameter '%.*s' is not properly escaped"), (int)len, text);
}

static bool
take_param(const char *text, gsize len, GArray *params, GError **err)
{
    const char *equals = memchr(text, '=', len);
    gsize       name_len = equals ? (gsize)(equals - text) : len;
    UriParam    param = { 0 };

    if (name_len == 0 || !equals)
        return fail(err, VIR_ERR_INVALID_ARG, _("parameter '%.*s' is not NAME=VALUE"), (int)len, text);
    param.name = unescape(text, name_len, err);
    if (param.name)
        param.value = unescape(equals + 1, len - name_len - 1, err);
    if (!param.value) {
        g_free(param.name);
        return false;
    }
    g_array_append_val(params, param);
    return true;
}

static bool
take_params(const char *query, ConnUri *uri, GError **err)
{
    GArray *params = g_array_new(FALSE, FALSE, sizeof(UriParam));
    bool    ok = true;

    while (ok && query && *query) {
        gsize len = strcspn(query, "&;");

        if (len > 0)
            ok = take_param(query, len, params, err);
        query += len + (query[len] != '\0');
    }
    uri->n_params = params->len;
    uri->params = (UriParam *)(void *)g_array_free(params, FALSE);
    return ok;
}

static bool
fill(ConnUri *uri, const char *text, GUri *parsed, GError **err)
{
    const char *host = g_uri_get_host(parsed);

    if (text[strcspn(text, " \t\r\n\x7f")])
        return fail(err, VIR_ERR_INVALID_ARG, _("a space must be written as %%20"));
    if (!take_scheme(g_uri_get_scheme(parsed), uri, err))
        return false;
    if (g_uri_get_fragment(parsed))
        return fail(err, VIR_ERR_INVALID_ARG, _("a fragment ('#%s') means nothing here"), g_uri_get_fragment(parsed));
    uri->user = g_strdup(g_uri_get_userinfo(parsed));
    uri->host = host && *host ? g_strdup(host) : NULL;
    uri->port = g_uri_get_port(parsed);
    uri->path = g_strdup(g_uri_get_path(parsed));
    if (*uri->path && *uri->path != '/')
        return fail(err, VIR_ERR_INVALID_ARG, _("'%s' is not preceded by '//'"), uri->path);
    if (!uri->host && (uri->port >= 0 || uri->user))
        return fail(err, VIR_ERR_INVALID_ARG, _("user or port without a host"));
    return take_params(g_uri_get_query(parsed), uri, err);
}

ConnUri *
conn_uri_parse(const char *text, GError **err)
{
    g_autoptr(GError)  why = NULL;
    g_autoptr(GUri)    parsed = g_uri_parse(text, G_URI_FLAGS_ENCODED_QUERY, &why);
    g_autoptr(ConnUri) uri = g_new0(ConnUri, 1);

    if (!parsed)
        return fail_null(err, VIR_ERR_INVALID_ARG, _("connection URI '%s': %s"), text, why->message);
    if (!fill(uri, text, parsed, &why))
        return fail_null(err, VIR_ERR_INVALID_ARG, _("connection URI '%s': %s"), text, why->message);
    return g_steal_pointer(&uri);
}

static UriParam *
find_param(const ConnUri *uri, const char *name)
{
    for (guint i = uri->n_params; i-- > 0;) {
        if (g_ascii_strcasecmp(uri->params[i].name, name) == 0)
            return &uri->params[i];
    }
    return NULL;
}

const char *
conn_uri_param(const ConnUri *uri, const char *name)
{
    const UriParam *param = find_param(uri, name);

    return param ? param->value : NULL;
}

static void
remove_param(ConnUri *uri, UriParam *param)
{
    UriParam *end = uri->params + uri->n_params;

    g_free(param->name);
    memmove(param, param + 1, (gsize)(end - param - 1) * sizeof(UriParam));
    uri->n_params--;
}

char *
conn_uri_take_param(ConnUri *uri, const char *name)
{
    UriParam *param;
    char     *value = NULL;

    /* The last one counts; those before it go with it. */
    while ((param = find_param(uri, name))) {
        if (value)
            g_free(param->value);
        else
            value = g_steal_pointer(&param->value);
        remove_param(uri, param);
    }
    return value;
}

static void
append_params(GString *out, const ConnUri *uri)
{
    for (guint i = 0; i < uri->n_params; i++) {
        g_string_append_c(out, i ? '&' : '?');
        g_string_append_uri_escaped(out, uri->params[i].name, NULL, TRUE);
        g_string_append_c(out, '=');
        g_string_append_uri_escaped(out, uri->params[i].value, VALUE_SAFE, TRUE);
    }
}

static void
append_authority(GString *out, const ConnUri *uri)
{
    bool v6 = uri->host && strchr(uri->host, ':');

    if (uri->user) {
        g_string_append_uri_escaped(out, uri->user, ":", TRUE);
        g_string_append_c(out, '@');
    }
    if (v6)
        g_string_append_c(out, '[');
    if (uri->host)
        g_string_append_uri_escaped(out, uri->host, v6 ? ":" : NULL, TRUE);
    if (v6)
        g_string_append_c(out, ']');
    if (uri->port >= 0)
        g_string_append_printf(out, ":%d", uri->port);
}

static char *
format(const ConnUri *uri, bool complete)
{
    GString *out = g_string_new(uri->driver);

    if (complete && uri->transport)
        g_string_append_printf(out, "+%s", uri->transport);
    g_string_append(out, "://");
    if (complete)
        append_authority(out, uri);
    g_string_append_uri_escaped(out, uri->path, PATH_SAFE, TRUE);
    append_params(out, uri);
    return g_string_free(out, FALSE);
}

char *
conn_uri_format(const ConnUri *uri)
{
    return format(uri, true);
}

char *
conn_uri_format_local(const ConnUri *uri)
{
    return format(uri, false);
}

/* Migration URIs */

void
mig_uri_clear(MigUri *uri)
{
    g_free(uri->scheme);
    g_free(uri->host);
    g_free(uri->path);
    *uri = (MigUri) { .port = -1 };
}

static bool
is_scheme(const char *text, gsize len)
{
    for (gsize i = 0; i < len; i++) {
        if (!g_ascii_isalnum(text[i]) && (i == 0 || !strchr("+-.", text[i])))
            return false;
    }
    return len > 0 && g_ascii_isalpha(text[0]);
}

/* HOST, HOST:PORT, [V6], [V6]:PORT; nothing else. */
static bool
take_host_port(const char *text, gsize len, MigUri *uri)
{
    g_autofree char *copy = g_strndup(text, len);
    char            *host = copy, *end = copy + strcspn(copy, ":");
    guint64          port;

    if (*copy == '[') {
        host = copy + 1;
        end = strchr(host, ']');
        if (!end)
            return false;
        *end++ = '\0';
    }
    if (*end == ':') {
        *end++ = '\0';
        if (*end && !g_ascii_string_to_unsigned(end, 10, 1, G_MAXUINT16, &port, NULL))
            return false;
        uri->port = *end ? (int)port : -1;
    } else if (*end) {
        return false;
    }
    for (const char *c = host; *c; c++) {
        if (!g_ascii_isgraph(*c) || strchr("/?#@[],\\\"", *c))
            return false;
    }
    uri->host = *host ? g_strdup(host) : NULL;
    return true;
}

static bool
take_tcp(const char *rest, bool slashes, MigUri *uri)
{
    gsize len = strlen(rest);

    /* tcp://host:port/ is what some tools write. */
    if (slashes && len > 0 && rest[len - 1] == '/')
        len--;
    return take_host_port(rest, len, uri);
}

static bool
take_unix(const char *rest, bool slashes, MigUri *uri)
{
    if (!slashes || *rest != '/' || !rest[1])
        return false;
    uri->path = g_uri_unescape_string(rest, NULL);
    return uri->path != NULL;
}

static bool
take_rest(const char *rest, MigUri *uri)
{
    bool slashes = g_str_has_prefix(rest, "//");

    rest += slashes ? 2 : 0;
    if (g_str_equal(uri->scheme, "tcp"))
        return take_tcp(rest, slashes, uri);
    if (g_str_equal(uri->scheme, "rdma"))
        return slashes && take_tcp(rest, slashes, uri);
    if (g_str_equal(uri->scheme, "unix"))
        return take_unix(rest, slashes, uri);
    return true;
}

bool
mig_uri_parse(const char *text, MigUri *ret_uri, GError **err)
{
    const char *colon = strchr(text, ':');
    MigUri      uri = { .port = -1 };

    if (!colon || !is_scheme(text, (gsize)(colon - text)))
        return fail(err, VIR_ERR_INVALID_ARG, _("missing scheme in migration URI: %s"), text);
    uri.scheme = g_ascii_strdown(text, colon - text);
    if (!take_rest(colon + 1, &uri)) {
        mig_uri_clear(&uri);
        return fail(err, VIR_ERR_INVALID_ARG, _("unable to parse URI: %s"), text);
    }
    *ret_uri = uri;
    return true;
}

char *
mig_uri_format(const MigUri *uri)
{
    const char      *host = uri->host ? uri->host : "";
    bool             v6 = strchr(host, ':') != NULL;
    g_autofree char *port = uri->port >= 0 ? g_strdup_printf(":%d", uri->port) : g_strdup("");

    if (uri->path) {
        g_autofree char *path = g_uri_escape_string(uri->path, PATH_SAFE, TRUE);

        return g_strdup_printf("%s://%s", uri->scheme, path);
    }
    return g_strdup_printf("%s:%s%s%s%s%s", uri->scheme, g_str_equal(uri->scheme, "tcp") ? "" : "//", v6 ? "[" : "",
                           host, v6 ? "]" : "", port);
}
