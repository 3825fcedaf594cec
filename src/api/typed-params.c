/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <libvirt/libvirt-common.h>

#include "api/rim.h"
#include "model/params.h"
#include "util/err.h"

static Params
borrow(virTypedParameterPtr params, int nparams)
{
    return (Params){ .v = params, .n = params && nparams > 0 ? nparams : 0 };
}

/* The arguments of all virTypedParamsAdd*. */
typedef struct {
    virTypedParameterPtr *params;
    int                  *nparams;
    int                  *maxparams;
    const char           *name;
} Target;

/* A zeroed parameter at the end of the array, not counted yet; NULL (call has the error) when it cannot be. */
static virTypedParameterPtr
make_room(ApiCall *call, const Target *to)
{
    virTypedParameterPtr *params = to->params;
    int *nparams = to->nparams;
    int *maxparams = to->maxparams;
    const char *name = to->name;
    virTypedParameterPtr param;

    if (!api_need(call, params) || !api_need(call, nparams) || !api_need(call, maxparams) || !api_need(call, name)
        || !api_need_not_negative(call, *nparams) || !api_need_not_negative(call, *maxparams))
        return NULL;
    if (*nparams >= *maxparams) {
        /* some clients count in maxparams before they have an array */
        int grown = MAX(*nparams + 1, *maxparams + *maxparams / 2 + 3);

        *params = g_renew(virTypedParameter, *params, grown);
        *maxparams = grown;
    }
    param = &(*params)[*nparams];
    *param = (virTypedParameter){ 0 };
    return param_set_name(param, name, &call->err) ? param : NULL;
}

#define GET(Name, c_type, getter)                                                                            \
    int virTypedParamsGet##Name(virTypedParameterPtr params, int nparams, const char *name, c_type *value)   \
    {                                                                                                        \
        ApiCall call = { .function = "virTypedParamsGet" #Name };                                            \
        Params list = borrow(params, nparams);                                                               \
        c_type found;                                                                                        \
        ParamAnswer answer;                                                                                  \
                                                                                                             \
        api_reset_last_error();                                                                              \
        if (!api_need(&call, name))                                                                          \
            return api_fail(&call);                                                                          \
        answer = getter(&list, name, &found, &call.err);                                                     \
        if (answer == PARAM_WRONG)                                                                           \
            return api_fail(&call);                                                                          \
        if (answer == PARAM_FOUND && value)                                                                  \
            *value = found;                                                                                  \
        return answer;                                                                                       \
    }

#define ADD(Name, c_type, TYPE, member)                                                                      \
    int virTypedParamsAdd##Name(virTypedParameterPtr *params, int *nparams, int *maxparams,                  \
                                const char *name, c_type value)                                              \
    {                                                                                                        \
        ApiCall call = { .function = "virTypedParamsAdd" #Name };                                            \
        Target to = { params, nparams, maxparams, name };                                                    \
        virTypedParameterPtr param;                                                                          \
                                                                                                             \
        api_reset_last_error();                                                                              \
        if (!(param = make_room(&call, &to)))                                                                \
            return api_fail(&call);                                                                          \
        param->type = TYPE;                                                                                  \
        param->value.member = value;                                                                         \
        (*nparams)++;                                                                                        \
        return 0;                                                                                            \
    }

/**
 * virTypedParamsGet:
 * @params: an array, or NULL
 * @nparams: its length
 * @name: what to look for
 *
 * Returns the first parameter of that name, borrowed from the array, or NULL. No error is set.
 *
 * Since: 1.0.2
 */
virTypedParameterPtr
virTypedParamsGet(virTypedParameterPtr params, int nparams, const char *name)
{
    Params list = borrow(params, nparams);

    api_reset_last_error();
    return name ? params_find(&list, name) : NULL;
}

/**
 * virTypedParamsGetInt:
 * @params: an array, or NULL
 * @nparams: its length
 * @name: what to look for
 * @value: set when the parameter is there; may be NULL
 *
 * virTypedParamsGetUInt(), virTypedParamsGetLLong(), virTypedParamsGetULLong(), virTypedParamsGetDouble(),
 * virTypedParamsGetBoolean() and virTypedParamsGetString() do the same for the other types. A string is borrowed from
 * the array.
 *
 * Returns 1 when found, 0 when there is none of that name, -1 when it is of another type (VIR_ERR_INVALID_ARG).
 *
 * Since: 1.0.2
 */
GET(Int, int, params_get_int)
GET(UInt, unsigned int, params_get_uint)
GET(LLong, long long, params_get_llong)
GET(ULLong, unsigned long long, params_get_ullong)
GET(Double, double, params_get_double)
GET(Boolean, int, params_get_boolean)
GET(String, const char *, params_get_string)

/**
 * virTypedParamsAddInt:
 * @params: array that grows as needed; points to NULL at first
 * @nparams: how many parameters it holds
 * @maxparams: how many fit
 * @name: name of the new one, shorter than VIR_TYPED_PARAM_FIELD_LENGTH
 * @value: its value
 *
 * virTypedParamsAddUInt(), virTypedParamsAddLLong(), virTypedParamsAddULLong(), virTypedParamsAddDouble() and
 * virTypedParamsAddBoolean() do the same for the other types. The same name may be added again. The array is the
 * caller's: virTypedParamsFree().
 *
 * Returns 0, or -1: VIR_ERR_INVALID_ARG, VIR_ERR_INTERNAL_ERROR for a name that is too long.
 *
 * Since: 1.0.2
 */
ADD(Int, int, VIR_TYPED_PARAM_INT, i)
ADD(UInt, unsigned int, VIR_TYPED_PARAM_UINT, ui)
ADD(LLong, long long, VIR_TYPED_PARAM_LLONG, l)
ADD(ULLong, unsigned long long, VIR_TYPED_PARAM_ULLONG, ul)
ADD(Double, double, VIR_TYPED_PARAM_DOUBLE, d)

int
virTypedParamsAddBoolean(virTypedParameterPtr *params, int *nparams, int *maxparams, const char *name, int value)
{
    ApiCall call = API_PLAIN();
    Target to = { params, nparams, maxparams, name };
    virTypedParameterPtr param = make_room(&call, &to);

    if (!param)
        return api_fail(&call);
    param->type = VIR_TYPED_PARAM_BOOLEAN;
    param->value.b = value != 0;
    (*nparams)++;
    return 0;
}

/**
 * virTypedParamsAddString:
 * @params: as in virTypedParamsAddInt()
 * @nparams: as in virTypedParamsAddInt()
 * @maxparams: as in virTypedParamsAddInt()
 * @name: name of the new parameter
 * @value: copied; NULL is stored as NULL
 *
 * Returns 0 or -1.
 *
 * Since: 1.0.2
 */
int
virTypedParamsAddString(virTypedParameterPtr *params, int *nparams, int *maxparams, const char *name,
                        const char *value)
{
    ApiCall call = API_PLAIN();
    Target to = { params, nparams, maxparams, name };
    virTypedParameterPtr param = make_room(&call, &to);

    if (!param)
        return api_fail(&call);
    param->type = VIR_TYPED_PARAM_STRING;
    param->value.s = g_strdup(value);
    (*nparams)++;
    return 0;
}

/**
 * virTypedParamsAddStringList:
 * @params: as in virTypedParamsAddInt()
 * @nparams: as in virTypedParamsAddInt()
 * @maxparams: as in virTypedParamsAddInt()
 * @name: name that each string gets
 * @values: NULL-terminated list of strings, copied; NULL adds nothing
 *
 * Parameters that may occur several times, such as VIR_MIGRATE_PARAM_MIGRATE_DISKS, are made so.
 *
 * Returns 0 or -1.
 *
 * Since: 1.2.17
 */
int
virTypedParamsAddStringList(virTypedParameterPtr *params, int *nparams, int *maxparams, const char *name,
                            const char **values)
{
    api_reset_last_error();
    for (; values && *values; values++) {
        if (virTypedParamsAddString(params, nparams, maxparams, name, *values) < 0)
            return -1;
    }
    return 0;
}

/**
 * virTypedParamsAddFromString:
 * @params: as in virTypedParamsAddInt()
 * @nparams: as in virTypedParamsAddInt()
 * @maxparams: as in virTypedParamsAddInt()
 * @name: name of the new parameter
 * @type: virTypedParameterType
 * @value: its value as text: decimal numbers, "0" or "1" for a boolean
 *
 * Returns 0, or -1: VIR_ERR_INVALID_ARG when @value does not say a value of @type.
 *
 * Since: 1.0.2
 */
int
virTypedParamsAddFromString(virTypedParameterPtr *params, int *nparams, int *maxparams, const char *name, int type,
                            const char *value)
{
    ApiCall call = API_PLAIN();
    Target to = { params, nparams, maxparams, name };
    virTypedParameterPtr param = api_need(&call, value) ? make_room(&call, &to) : NULL;

    if (!param || !param_set_from_text(param, type, value, &call.err))
        return api_fail(&call);
    (*nparams)++;
    return 0;
}

/**
 * virTypedParamsClear:
 * @params: an array, or NULL
 * @nparams: its length
 *
 * Frees the strings in the array, but not the array.
 *
 * Since: 1.0.2
 */
void
virTypedParamsClear(virTypedParameterPtr params, int nparams)
{
    for (int i = 0; params && i < nparams; i++)
        param_clear(&params[i]);
}

/**
 * virTypedParamsFree:
 * @params: an array, or NULL
 * @nparams: its length
 *
 * Frees the array and everything in it.
 *
 * Since: 1.0.2
 */
void
virTypedParamsFree(virTypedParameterPtr params, int nparams)
{
    virTypedParamsClear(params, nparams);
    g_free(params);
}
