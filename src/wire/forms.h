/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The five migration phases as peers without typed parameters ask for them (protocol version 3, procedures 213-218).
 * Their fixed arguments are the parameters destination_xml, destination_name, migrate_uri and bandwidth.
 */
#pragma once

#include "wire/calls.h"

/* What all five have in common; each procedure sends some of it, in an order of its own. A member that a phase does
 * not send stays zero. */
typedef struct {
    DomRef  dom;
    char   *xml;
    char   *uri;
    char   *dname;
    char   *dconnuri;
    guint64 resource;
    guint64 flags;
    GBytes *cookie;
    gint32  cancelled;
} Phase3;

extern const XdrField rows_begin3[], rows_prepare3[], rows_prepare_tunnel3[], rows_perform3[], rows_finish3[], rows_confirm3[];
extern const WireForm begin3, prepare3, prepare_tunnel3, perform3, finish3, confirm3;
