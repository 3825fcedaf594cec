/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "every.h"

static const XdrField thing_rows[] = {
    F(Thing, name, xdr_string, .max = 40), F(Thing, uuid, xdr_uuid), F(Thing, id, xdr_i32), XDR_END,
};
XDR_DEFINE_STRUCT(xdr_thing, Thing, thing_rows);

const XdrField every_rows[] = {
    F(Every, i32, xdr_i32),
    F(Every, u32, xdr_u32),
    F(Every, i64, xdr_i64),
    F(Every, u64, xdr_u64),
    F(Every, d, xdr_double),
    F(Every, yes, xdr_bool),
    F(Every, s16, xdr_short),
    F(Every, u16, xdr_ushort),
    F(Every, u8, xdr_uchar),
    F(Every, c, xdr_char),
    F(Every, string, xdr_string),
    F(Every, optional, xdr_opt_string, .max = 100),
    F(Every, absent, xdr_opt_string),
    F(Every, label, xdr_char_string, .max = 64),
    F(Every, uuid, xdr_uuid),
    F_FIXED(Every, fixed),
    F_CHARS(Every, model),
    F_DATA(Every, data, data_len, .max = 16),
    F(Every, bytes, xdr_bytes, .max = 16),
    F(Every, chars, xdr_char_bytes, .max = 16),
    F(Every, no_bytes, xdr_bytes, .max = 16),
    F_LIST(Every, numbers.v, numbers.n, xdr_i32, .max = 8),
    F_LIST(Every, strings.v, strings.n, xdr_string, .max = 8),
    F_LIST(Every, things.v, things.n, xdr_thing, .max = 8),
    F(Every, inner, xdr_thing),
    F_OPT(Every, maybe, xdr_thing),
    F_OPT(Every, never, xdr_thing),
    XDR_END,
};
