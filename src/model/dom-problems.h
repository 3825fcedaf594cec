/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Everything in a definition that is not supported, not the first only: for a person who brings a guest from elsewhere.
 * Pure; any thread.
 */
#pragma once

#include "model/dom-def.h"

typedef struct {
    int   line;    /* of the XML; 0: the definition as a whole */
    char *element; /* "devices/redirdev"; "" where line is 0 */
    char *text;    /* why, as a refusal would say it */
} DomProblem;

/* Whatever else a definition has to pass: it may be changed, it is not kept. */
typedef bool DomProblemTry(DomDef *def, void *opaque, GError **err);

/* Reads as dom_def_parse() does; what cannot be read is noted, left out, and reading goes on. What is left then is tried; a
 * part that an error names by its line is noted and left out likewise, and the rest tried again. The caller frees. */
GPtrArray *dom_def_problems(const char *xml, DomProblemTry *test, void *opaque);
