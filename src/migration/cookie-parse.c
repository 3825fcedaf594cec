/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <string.h>

#include "migration/cookie-rows.h"

#define VIR_FROM_THIS VIR_FROM_QEMU

/* Features are few; a peer that repeats them is not taken at its word. */
#define FEATURES_MAX 64

static bool
read_text(XmlNode *root, const char *name, char **where, GError **err)
{
    const XmlNode *node = xml_child(root, name);

    if (node == NULL || node->text == NULL)
        return fail(err, VIR_ERR_INTERNAL_ERROR, _("missing %s element in migration data"), name);
    g_free(*where);
    *where = g_strdup(node->text);
    return true;
}

/* Upper case and missing dashes are the same uuid. */
static bool
same_uuid(const char *text, const guint8 *uuid)
{
    guint n = 0;

    for (const char *c = text; *c; c++) {
        int digit = g_ascii_xdigit_value(*c);

        if (*c == '-')
            continue;
        if (digit < 0 || n >= 32 || digit != (n % 2 ? uuid[n / 2] & 15 : uuid[n / 2] >> 4))
            return false;
        n++;
    }
    return n == 32;
}

static bool
check_reader(const MigCookie *cookie, const MigCookieReader *reader, GError **err)
{
    if (reader->name && strcmp(cookie->name, reader->name) != 0)
        return fail(err, VIR_ERR_INTERNAL_ERROR, _("Incoming cookie data had unexpected name %s vs %s"), cookie->name,
                    reader->name);
    if (reader->uuid && !same_uuid(cookie->uuid, reader->uuid))
        return fail(err, VIR_ERR_INTERNAL_ERROR, _("Incoming cookie data had unexpected UUID %s"), cookie->uuid);
    if (reader->hostuuid && g_ascii_strcasecmp(cookie->hostuuid, reader->hostuuid) == 0)
        return fail(err, VIR_ERR_INTERNAL_ERROR, _("Attempt to migrate guest to the same host %s"), cookie->hostuuid);
    return true;
}

static const MigCookieRow *
row_by_feature(const char *name)
{
    for (guint i = 0; i < mig_cookie_rows_n; i++) {
        if (mig_cookie_rows[i].known && strcmp(mig_cookie_rows[i].name, name) == 0)
            return &mig_cookie_rows[i];
    }
    return NULL;
}

static bool
read_features(MigCookie *cookie, XmlNode *root, MigCookieFrom from, GError **err)
{
    guint count = 0;

    for (const XmlNode *node = xml_child(root, "feature"); node; node = xml_again(node)) {
        const char *name = xml_attr(node, "name");
        const MigCookieRow *row = name ? row_by_feature(name) : NULL;

        if (name == NULL || ++count > FEATURES_MAX)
            return fail(err, VIR_ERR_INTERNAL_ERROR, _("malformed feature in migration cookie"));
        if (row == NULL)
            return fail(err, VIR_ERR_INTERNAL_ERROR, _("Unknown migration cookie feature %s"), name);
        if (!(row->consumed & (guint)from))
            return fail(err, VIR_ERR_INTERNAL_ERROR, _("Unsupported migration cookie feature %s"), name);
        cookie->present |= row->bit;
    }
    return true;
}

static bool
read_elements(MigCookie *cookie, XmlNode *root, MigCookieFrom from, GError **err)
{
    for (guint i = 0; i < mig_cookie_rows_n; i++) {
        const MigCookieRow *row = &mig_cookie_rows[i];
        XmlNode *node = row->element ? xml_child(root, row->element) : NULL;

        if (node == NULL || !(row->consumed & (guint)from))
            continue;
        if (!row->parse(cookie, node, err))
            return false;
        if (row->known)
            cookie->present |= row->bit;
    }
    /* The feature without its element: nothing to store. */
    if ((cookie->present & COOKIE_PERSISTENT) && cookie->persistent_xml == NULL)
        return fail(err, VIR_ERR_INTERNAL_ERROR, _("missing persistent definition in migration cookie"));
    return true;
}

static bool
read_cookie(MigCookie *cookie, XmlNode *root, MigCookieFrom from, const MigCookieReader *reader, GError **err)
{
    return read_text(root, "name", &cookie->name, err) && read_text(root, "uuid", &cookie->uuid, err) &&
           read_text(root, "hostname", &cookie->hostname, err) &&
           read_text(root, "hostuuid", &cookie->hostuuid, err) && check_reader(cookie, reader, err) &&
           read_features(cookie, root, from, err) && read_elements(cookie, root, from, err);
}

MigCookie *
mig_cookie_parse(GBytes *bytes, MigCookieFrom from, const MigCookieReader *reader, GError **err)
{
    static const XmlInput input = {
        .what = "qemu_migration_cookie", .root = "qemu-migration", .verbatim = "domain", .from = VIR_FROM_QEMU
    };
    g_autoptr(MigCookie) cookie = g_new0(MigCookie, 1);
    gsize size = 0;
    const char *text = bytes ? g_bytes_get_data(bytes, &size) : NULL;
    g_autoptr(XmlDoc) doc = NULL;

    if (size == 0)
        return g_steal_pointer(&cookie);
    if (size > MIG_COOKIE_MAX)
        return fail_null(err, VIR_ERR_INTERNAL_ERROR, _("migration cookie of %zu bytes is too long"), size);
    if (text[size - 1] != '\0')
        return fail_null(err, VIR_ERR_INTERNAL_ERROR, _("Migration cookie was not NULL terminated"));
    doc = xml_parse(text, (gssize)size - 1, &input, err);
    if (doc == NULL || !read_cookie(cookie, xml_doc_root(doc), from, reader, err))
        return NULL;
    return g_steal_pointer(&cookie);
}
