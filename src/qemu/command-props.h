/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * A JSON object as QEMU takes it behind -device, -object, -netdev and -blockdev, written member by member in the
 * order of the calls. That order is part of what the golden command lines fix, which is why no tree is built first.
 * The _opt forms leave a member out when its value is "not given". One thread.
 */
#pragma once

#include <stdbool.h>

#include "model/dom-enum.h"

typedef struct {
    GString *text;
} Props;

/* driver_key is "driver" (devices, block nodes), "qom-type" (objects) or "type" (netdevs); NULL: empty object. */
Props props_new(const char *driver_key, const char *driver);
void  props_string(Props *p, const char *name, const char *value);
void  props_string_opt(Props *p, const char *name, const char *value);
void  props_format(Props *p, const char *name, const char *format, ...) G_GNUC_PRINTF(3, 4);
void  props_int(Props *p, const char *name, guint64 value);
void  props_int_opt(Props *p, const char *name, guint64 value);
void  props_bool(Props *p, const char *name, bool value);
void  props_tri_opt(Props *p, const char *name, DomTri value);
void  props_null(Props *p, const char *name);
void  props_begin(Props *p, const char *name);
void  props_end(Props *p);
/* The text; p is empty afterwards. Caller frees. */
char *props_finish(Props *p);
void  props_clear(Props *p);
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(Props, props_clear)
