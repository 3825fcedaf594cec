/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Reading JSON that somebody else wrote (json-glib's own getters abort or complain when a type is not the expected
 * one), and writing small objects in one expression. Pure functions; any thread.
 */
#pragma once

#include <stdbool.h>

#include <json-glib/json-glib.h>

/* len -1: up to the NUL. Refuses nesting deeper than max_depth before parsing, and anything after the first value.
 * Caller frees with json_node_unref(). */
JsonNode *json_parse(const char *text, gssize len, guint max_depth, GError **err);

/* For long lists of which little is kept: each element can be parsed by itself, so that the whole never is in memory as a
 * tree, which costs fifteen times its text, and of which GLib's allocator gives nothing back.
 * json_outline: text without what stands deeper than `depth` brackets; caller frees.
 * json_next_object: the next object that stands in exactly `depth` brackets, borrowed from the text; NULL: none left. */
typedef struct {
    const char *at, *end; /* set these, and depth 0 */
    guint       depth;
} JsonCursor;

char       *json_outline(const char *text, guint depth);
const char *json_next_object(JsonCursor *c, guint depth, gsize *ret_len);

/* NULL or false when object is NULL, or the member is missing or of another type. Results are borrowed. */
const char *json_get_string(JsonObject *object, const char *name);
JsonObject *json_get_object(JsonObject *object, const char *name);
JsonArray  *json_get_array(JsonObject *object, const char *name);
bool        json_get_int(JsonObject *object, const char *name, gint64 *ret_value);
bool        json_get_double(JsonObject *object, const char *name, double *ret_value);
bool        json_get_bool(JsonObject *object, const char *name, bool *ret_value);
/* With a default in place of "missing or of another type". */
gint64 json_int_or(JsonObject *object, const char *name, gint64 otherwise);
bool   json_bool_or(JsonObject *object, const char *name, bool otherwise);

/* Node as a container; NULL for NULL and for other types. */
JsonObject *json_as_object(JsonNode *node);
JsonArray  *json_as_array(JsonNode *node);
guint       json_array_size(JsonArray *array); /* 0 for NULL */
JsonObject *json_array_object(JsonArray *array, guint i);
const char *json_array_string(JsonArray *array, guint i);

/* json_make("s:device", "vda", "i:value", 3, "b:force", true, NULL). Letters:
 *   s  const char *; NULL leaves the member out    b  bool (int)
 *   i  int                                         I  gint64
 *   d  double                                      o  JsonObject *, taken; NULL leaves the member out
 *   a  JsonArray *, taken */
JsonObject *json_make(const char *first, ...) G_GNUC_NULL_TERMINATED;
/* Compact text. object stays the caller's; caller frees the text. */
char *json_object_text(JsonObject *object);
