/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The table of cookie elements and the functions its rows name; for the cookie files of this room only.
 * A new element is a row in cookie.c, a format and a parse function in cookie-elements.c, and its members in
 * MigCookie.
 */
#pragma once

#include "migration/cookie.h"
#include "util/xml.h"

typedef struct {
    const char *name;      /* of the feature */
    guint32     bit;
    bool        mandatory; /* announced by <feature/>: a reader that does not know it must refuse */
    bool        known;     /* one of libvirt's feature names */
    guint       produced;  /* MigCookieFrom bits */
    guint       consumed;  /* MigCookieFrom bits: from whose answer it is read */
    const char *element;   /* NULL: a feature only */
    void (*format)(const MigCookie *cookie, GString *out);
    bool (*parse)(MigCookie *cookie, XmlNode *node, GError **err);
} MigCookieRow;

extern const MigCookieRow mig_cookie_rows[];
extern const guint        mig_cookie_rows_n;

#define COOKIE_ELEMENT(name)                                            \
    void cookie_format_##name(const MigCookie *cookie, GString *out);   \
    bool cookie_parse_##name(MigCookie *cookie, XmlNode *node, GError **err)

COOKIE_ELEMENT(graphics);
COOKIE_ELEMENT(lockstate);
COOKIE_ELEMENT(persistent);
COOKIE_ELEMENT(network);
COOKIE_ELEMENT(nbd);
COOKIE_ELEMENT(statistics);
COOKIE_ELEMENT(cpu);
COOKIE_ELEMENT(caps);
COOKIE_ELEMENT(bitmaps);
COOKIE_ELEMENT(godwit);

/* format has one %s, which text replaces escaped; nothing when text is NULL. */
void cookie_add_element(GString *out, const char *format, const char *text) G_GNUC_PRINTF(2, 0);
