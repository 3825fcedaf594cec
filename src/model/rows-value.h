/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * One scalar member of a struct to text and back, by the kind of its row. Used by the row walkers only.
 */
#pragma once

#include "model/rows.h"

/* Where a value stands, for messages. attr NULL: the element's text. */
typedef struct {
    const XmlNode *node;
    const char *attr;
    int from;
    int code;               /* of a value that cannot be */
} RowPlace;

/* Text of the member; NULL when it holds the value that means absent (unless the row is ROW_ALWAYS). Caller frees. */
char *row_value_print(const Row *row, const void *obj);
bool row_value_read(const Row *row, void *obj, const char *text, const RowPlace *place, GError **err);
