/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A struct with every XDR type in it, for the test and the fuzzer. */
#pragma once

#include "rpc/xdr.h"

typedef struct { char *name; XdrUuid uuid; gint32 id; } Thing;

typedef struct {
    gint32   i32;
    guint32  u32;
    gint64   i64;
    guint64  u64;
    double   d;
    bool     yes;
    gint16   s16;
    guint16  u16;
    guint8   u8;
    char     c;
    char    *string, *optional, *absent, *label;
    XdrUuid  uuid;
    guint8   fixed[5];
    char     model[8];
    guint8  *data;
    guint32  data_len;
    GBytes  *bytes, *chars, *no_bytes;
    struct { gint32 *v; guint n; } numbers;
    struct { char **v; guint n; } strings;
    struct { Thing *v; guint n; } things;
    Thing    inner;
    Thing   *maybe, *never;
} Every;

XDR_DECLARE_STRUCT(xdr_thing, Thing);
extern const XdrField every_rows[];
