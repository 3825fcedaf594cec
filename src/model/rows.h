/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The walker behind the domain XML: one table of rows per C struct, one row per attribute, text or child. Reading, printing,
 * copying, freeing and comparing all walk the same rows. It knows nothing of domains. No locks, any thread.
 *
 * A row's place is a path below the element that the struct stands for:
 *   "@type"              attribute of the element itself
 *   "."                  text of the element itself
 *   "driver@cache"       attribute of a child; "target/model@name" of a grandchild
 *   "serial"             text of a child (scalars), presence of a child (ROW_FLAG), the child itself (structs, lists)
 *   ""                   (ROW_STRUCT) the same element: the struct's rows are spliced in here
 *   NULL                 not in the XML: the row exists for copying and freeing
 * Printing follows the order of the rows; a child is opened by the first row that has something to say in it.
 */
#pragma once

#include <stddef.h>
#include <stdint.h>

#include "util/xml.h"

typedef enum {
    ROW_END,
    ROW_STR,        /* char *            NULL: absent; arg: names table of the words that there are, NULL: any */
    ROW_ENUM,       /* an enum           0: absent; arg: names table */
    ROW_UINT,       /* unsigned          0: absent */
    ROW_INT,        /* int              -1: absent */
    ROW_U64,        /* uint64_t          0: absent */
    ROW_I64,        /* int64_t           0: absent */
    ROW_HEX,        /* unsigned          0: absent; arg: printf format */
    ROW_HEX64,      /* uint64_t          0: absent; arg: printf format */
    ROW_KIB,        /* uint64_t in KiB   0: absent; reads and prints the unit beside it */
    ROW_FLAG,       /* bool: the child is there */
    ROW_UUID,       /* unsigned char[16] followed by bool given, see rows.c */
    ROW_MAC,        /* unsigned char[6]  likewise */
    ROW_VERBATIM,   /* char *: the whole child as text */
    ROW_LINE,       /* int: line of the element or, with a path, of the child; not printed */
    ROW_STRUCT,     /* embedded struct; arg: RowTable */
    ROW_OWNED,      /* pointer to a struct of its own, NULL: absent; arg: RowTable */
    ROW_LIST,       /* GPtrArray of such pointers, never NULL; arg: RowTable */
    ROW_HOOK,       /* arg: RowHook */
} RowKind;

typedef enum {
    ROW_LIVE = 1,           /* exists only in the XML of a running domain */
    ROW_SECURE = 2,         /* printed only when asked for secrets */
    ROW_REQUIRED = 4,
    ROW_ALWAYS = 8,         /* printed even when it has the value that means absent */
    ROW_SHARED = 16,        /* the member is owned by another row: not copied or freed a second time */
    ROW_QUOTE = 32,         /* ABI message puts the values in quotes */
    ROW_NONZERO = 64,       /* numbers: 0 may not be given */
    ROW_ALONG = 128,        /* required where its element is there */
    ROW_MINUS = 256,        /* ROW_INT: the XML may say -1 */
    ROW_EMPTY = 512,        /* ROW_STR: no text is a value, too */
} RowFlags;

/* How to print; the caller has worked out what running and inactive mean. */
typedef struct {
    bool live;
    bool secure;
} RowPrint;

typedef struct {
    bool live;              /* keep what belongs to a running domain; otherwise it is skipped */
    int from;               /* virErrorDomain of errors */
} RowRead;

typedef struct {
    bool (*read)(void *obj, XmlNode *node, const RowRead *how, GError **err);
    void (*print)(const void *obj, XmlDoc *doc, XmlNode *node, const RowPrint *how);
} RowHook;

typedef struct RowTable RowTable;

typedef struct {
    const char *path;
    RowKind kind;
    size_t off, size;
    const void *arg;
    unsigned flags;
    const char *abi;        /* guest-visible: words for "Target <abi> X does not match source Y"; NULL: free to change */
    bool (*when)(const void *obj);                          /* the row exists only then; rows above have been read */
    bool (*hide)(const void *obj, const RowPrint *how);     /* keep it out of this print; lists: asked for each item */
    uint64_t max;           /* of numbers; 0: what the member can hold */
    int code;               /* virErrorNumber of a bad value; 0: VIR_ERR_XML_ERROR */
} Row;

struct RowTable {
    const char *what;       /* for messages: "disk" */
    size_t size;
    const Row *rows;        /* up to ROW_END */
    /* Instead of the rows, where one difference has many members (addresses). */
    bool (*compare)(const void *src, const void *dst, int from, GError **err);
};

/* Offset and size of a member: columns off and size of a row. */
#define ROW_MEMBER(type, member) .off = offsetof(type, member), .size = sizeof(((type *)0)->member)

void *rows_new(const RowTable *table);
void rows_init(const RowTable *table, void *obj);
void rows_clear(const RowTable *table, void *obj);
void rows_free(const RowTable *table, void *obj);
void *rows_copy(const RowTable *table, const void *obj);

/* Fills obj (fresh from rows_new) from node. Refuses nothing unknown yet: see rows_refuse_unknown(). */
bool rows_read(const RowTable *table, void *obj, XmlNode *node, const RowRead *how, GError **err);
/* Fails at the first attribute or element below node that no row has claimed. */
bool rows_refuse_unknown(const XmlNode *node, int from, GError **err);
void rows_print(const RowTable *table, const void *obj, XmlDoc *doc, XmlNode *node, const RowPrint *how);
/* VIR_ERR_CONFIG_UNSUPPORTED naming the first difference among rows with an abi column. */
bool rows_compare(const RowTable *table, const void *src, const void *dst, int from, GError **err);

/* Readers for hooks. */
bool rows_number(const char *text, uint64_t max, uint64_t *ret_value);
