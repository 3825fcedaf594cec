/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "api/client-conf.h"

#include <string.h>
#include <unistd.h>

#include "util/err.h"

#define VIR_FROM_THIS VIR_FROM_CONF

struct ClientConf {
    char       *default_uri;
    GHashTable *aliases; /* name -> URI */
};

typedef struct {
    const char *at;
    const char *name;
    int         line;
    ClientConf *conf;
} Reader;

void
client_conf_free(ClientConf *conf)
{
    if (!conf)
        return;
    g_free(conf->default_uri);
    g_hash_table_unref(conf->aliases);
    g_free(conf);
}

static bool
syntax_error(const Reader *r, const char *what, GError **err)
{
    return fail(err, VIR_ERR_CONF_SYNTAX, _("%s:%d: %s"), r->name, r->line, what);
}

/* Space and comments; newlines too when lines is set. */
static void
skip_blank(Reader *r, bool lines)
{
    for (;; r->at++) {
        if (*r->at == '#')
            r->at += strcspn(r->at, "\n");
        if (*r->at == '\n' && lines)
            r->line++;
        else if (*r->at != ' ' && *r->at != '\t' && *r->at != '\r')
            return;
    }
}

static bool
read_string(Reader *r, char **ret, GError **err)
{
    char quote = *r->at;
    const char *end;

    if (quote != '"' && quote != '\'')
        return syntax_error(r, _("expecting a string in quotes"), err);
    end = r->at + 1;
    while (*end && *end != quote && *end != '\n')
        end++;
    if (*end != quote)
        return syntax_error(r, _("unterminated string"), err);
    *ret = g_strndup(r->at + 1, (gsize)(end - r->at - 1));
    r->at = end + 1;
    return true;
}

static bool
read_list(Reader *r, GPtrArray *list, GError **err)
{
    r->at++;
    for (;;) {
        char *item = NULL;

        skip_blank(r, true);
        if (*r->at == ']')
            break;
        if (!read_string(r, &item, err))
            return false;
        g_ptr_array_add(list, item);
        skip_blank(r, true);
        if (*r->at == ',')
            r->at++;
        else if (*r->at != ']')
            return syntax_error(r, _("expecting ',' or ']' in a list"), err);
    }
    r->at++;
    return true;
}

static bool
read_value(Reader *r, GPtrArray *list, GError **err)
{
    char *item = NULL;

    if (*r->at == '[')
        return read_list(r, list, err);
    if (g_ascii_isdigit(*r->at) || *r->at == '-') {
        gsize len = strspn(r->at, "-0123456789");

        g_ptr_array_add(list, g_strndup(r->at, len));
        r->at += len;
        return true;
    }
    if (!read_string(r, &item, err))
        return false;
    g_ptr_array_add(list, item);
    return true;
}

static bool
add_alias(Reader *r, const char *entry, GError **err)
{
    const char *eq = strchr(entry, '=');
    gsize len = eq ? (gsize)(eq - entry) : 0;

    if (!eq || !len)
        return fail(err, VIR_ERR_CONF_SYNTAX,
                    _("Malformed 'uri_aliases' config entry '%s', expected 'alias=uri://host/path'"), entry);
    for (gsize i = 0; i < len; i++) {
        if (!g_ascii_isalnum(entry[i]) && !strchr("_-.", entry[i]))
            return fail(err, VIR_ERR_CONF_SYNTAX,
                        _("Malformed 'uri_aliases' config entry '%s', aliases may only contain "
                          "'a-Z, 0-9, _, -, .'"),
                        entry);
    }
    g_hash_table_insert(r->conf->aliases, g_strndup(entry, len), g_strdup(eq + 1));
    return true;
}

static bool
apply(Reader *r, const char *key, const GPtrArray *values, GError **err)
{
    if (g_str_equal(key, "uri_default") && values->len == 1) {
        g_free(r->conf->default_uri);
        r->conf->default_uri = g_strdup(values->pdata[0]);
    }
    for (guint i = 0; g_str_equal(key, "uri_aliases") && i < values->len; i++) {
        if (!add_alias(r, values->pdata[i], err))
            return false;
    }
    /* keys of other programs that share the file are none of our business */
    return true;
}

static bool
read_setting(Reader *r, GError **err)
{
    g_autoptr(GPtrArray) values = g_ptr_array_new_with_free_func(g_free);
    gsize len = strspn(r->at, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-");
    g_autofree char *key = g_strndup(r->at, len);

    if (!len)
        return syntax_error(r, _("expecting a name"), err);
    r->at += len;
    skip_blank(r, false);
    if (*r->at != '=')
        return syntax_error(r, _("expecting an assignment"), err);
    r->at++;
    skip_blank(r, false);
    if (!read_value(r, values, err))
        return false;
    skip_blank(r, false);
    if (*r->at && *r->at != '\n')
        return syntax_error(r, _("expecting the end of the line"), err);
    return apply(r, key, values, err);
}

ClientConf *
client_conf_parse(const char *text, const char *name, GError **err)
{
    g_autoptr(ClientConf) conf = g_new0(ClientConf, 1);
    Reader r = { .at = text, .name = name, .line = 1, .conf = conf };

    conf->aliases = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, g_free);
    for (skip_blank(&r, true); *r.at; skip_blank(&r, true)) {
        if (!read_setting(&r, err))
            return NULL;
    }
    return g_steal_pointer(&conf);
}

static char *
conf_path(void)
{
    const char *path = g_getenv("GODWIT_CLIENT_CONFIG");

    if (path && *path)
        return g_strdup(path);
    if (geteuid() == 0)
        return g_strdup("/etc/godwit/libvirt.conf");
    return g_build_filename(g_get_user_config_dir(), "godwit", "libvirt.conf", NULL);
}

ClientConf *
client_conf_load(GError **err)
{
    g_autofree char *path = conf_path();
    g_autofree char *text = NULL;
    g_autoptr(GError) why = NULL;

    if (g_file_get_contents(path, &text, NULL, &why))
        return client_conf_parse(text, path, err);
    if (g_error_matches(why, G_FILE_ERROR, G_FILE_ERROR_NOENT))
        return client_conf_parse("", path, err);
    return fail_null(err, VIR_ERR_OPEN_FAILED, "%s", why->message);
}

const char *
client_conf_default_uri(const ClientConf *conf)
{
    static const char *const variables[] = { "GODWIT_DEFAULT_URI", "LIBVIRT_DEFAULT_URI" };

    for (gsize i = 0; i < G_N_ELEMENTS(variables); i++) {
        const char *value = g_getenv(variables[i]);

        if (value && *value)
            return value;
    }
    return conf->default_uri;
}

const char *
client_conf_alias(const ClientConf *conf, const char *alias)
{
    return g_hash_table_lookup(conf->aliases, alias);
}
