/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Typed parameters inside the house: add, find, read, check against rows. Values only, no locks, any thread.
 * The public virTypedParams* calls (api/typed-params.c) stand on these; memory is malloc's, as clients free it.
 */
#pragma once

#include <stdbool.h>

#include "model/verbs.h"

/* One parameter that a call understands. multiple: may occur more than once (a list of strings). */
typedef struct {
    const char *name;
    int         type; /* VIR_TYPED_PARAM_* */
    bool        multiple;
} ParamRow;

/* Every parameter known, of its row's type, and not repeated unless the row says so.
 * Unknown: VIR_ERR_ARGUMENT_UNSUPPORTED; wrong type or repeated: VIR_ERR_INVALID_ARG. */
bool params_check(const Params *p, const ParamRow *rows, gsize nrows, GError **err);

/* "ullong"; NULL for a number that is no type. */
const char *param_type_name(int type);

/* First parameter of that name, or NULL. Borrowed. */
virTypedParameterPtr params_find(const Params *p, const char *name);

/* *ret is set only when the answer is PARAM_FOUND; PARAM_WRONG sets err (VIR_ERR_INVALID_ARG: another type). */
typedef enum { PARAM_WRONG = -1, PARAM_ABSENT = 0, PARAM_FOUND = 1 } ParamAnswer;
ParamAnswer params_get_int(const Params *p, const char *name, int *ret, GError **err);
ParamAnswer params_get_uint(const Params *p, const char *name, unsigned int *ret, GError **err);
ParamAnswer params_get_llong(const Params *p, const char *name, long long *ret, GError **err);
ParamAnswer params_get_ullong(const Params *p, const char *name, unsigned long long *ret, GError **err);
ParamAnswer params_get_double(const Params *p, const char *name, double *ret, GError **err);
ParamAnswer params_get_boolean(const Params *p, const char *name, int *ret, GError **err);
ParamAnswer params_get_string(const Params *p, const char *name, const char **ret, GError **err); /* borrowed */

/* NULL-terminated array of all strings of that name, in order; the strings are borrowed, the array is the caller's. */
const char **params_get_strings(const Params *p, const char *name);

/* Append; name is one of ours and fits. Strings are copied; a NULL string adds nothing. */
void params_add_int(Params *p, const char *name, int value);
void params_add_uint(Params *p, const char *name, unsigned int value);
void params_add_llong(Params *p, const char *name, long long value);
void params_add_ullong(Params *p, const char *name, unsigned long long value);
void params_add_double(Params *p, const char *name, double value);
void params_add_boolean(Params *p, const char *name, bool value);
void params_add_string(Params *p, const char *name, const char *value);
void params_add_copy(Params *p, const virTypedParameter *param);
/* Removes all parameters of that name. */
void params_remove(Params *p, const char *name);

/* Copies name into param; false (VIR_ERR_INTERNAL_ERROR) when it is empty or too long. */
bool param_set_name(virTypedParameterPtr param, const char *name, GError **err);
/* Parses text as the wanted type into param->value; sets param->type. */
bool param_set_from_text(virTypedParameterPtr param, int type, const char *text, GError **err);
void param_clear(virTypedParameterPtr param);
