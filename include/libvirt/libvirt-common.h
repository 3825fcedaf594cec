/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * What all parts of the public API share: version, typed parameters, callbacks.
 * Names, values and layouts are those of libvirt 9.0.0; each function is documented where it is defined (src/api).
 * A version in a comment says which libvirt release introduced a value.
 */
#ifndef GODWIT_LIBVIRT_COMMON_H
# define GODWIT_LIBVIRT_COMMON_H

# include <sys/types.h>

# ifdef __cplusplus
extern "C" {
# endif

# ifndef VIR_DEPRECATED
#  if defined(__GNUC__)
#   define VIR_DEPRECATED __attribute__((deprecated))
#  else
#   define VIR_DEPRECATED
#  endif
# endif

# ifndef VIR_EXPORT_VAR
#  define VIR_EXPORT_VAR extern
# endif

/* major * 1,000,000 + minor * 1,000 + micro of the libvirt release whose API this is */
# define LIBVIR_VERSION_NUMBER 9000000
# define LIBVIR_CHECK_VERSION(major, minor, micro) \
    ((major) * 1000000 + (minor) * 1000 + (micro) <= LIBVIR_VERSION_NUMBER)

/* Releases what was handed to a callback. */
typedef void (*virFreeCallback)(void *opaque);

/* Why a connection ended; told to the callback of virConnectRegisterCloseCallback. */
typedef enum {
    VIR_CONNECT_CLOSE_REASON_ERROR     = 0,
    VIR_CONNECT_CLOSE_REASON_EOF       = 1,
    VIR_CONNECT_CLOSE_REASON_KEEPALIVE = 2,
    VIR_CONNECT_CLOSE_REASON_CLIENT    = 3,
# ifdef VIR_ENUM_SENTINELS
    VIR_CONNECT_CLOSE_REASON_LAST      = 4,
# endif
} virConnectCloseReason;

/* Room for a name, with its NUL. */
# define VIR_TYPED_PARAM_FIELD_LENGTH 80

/* Which member of virTypedParameter.value is meant. */
typedef enum {
    VIR_TYPED_PARAM_INT     = 1,
    VIR_TYPED_PARAM_UINT    = 2,
    VIR_TYPED_PARAM_LLONG   = 3,
    VIR_TYPED_PARAM_ULLONG  = 4,
    VIR_TYPED_PARAM_DOUBLE  = 5,
    VIR_TYPED_PARAM_BOOLEAN = 6,
    VIR_TYPED_PARAM_STRING  = 7,
# ifdef VIR_ENUM_SENTINELS
    VIR_TYPED_PARAM_LAST    = 8,
# endif
} virTypedParameterType;

/* Flags of calls that fill typed parameters. */
typedef enum {
    VIR_TYPED_PARAM_STRING_OKAY = (1 << 2)
} virTypedParameterFlags;

/* One named value. Arrays of them carry everything whose set of members grows over time. */
typedef struct _virTypedParameter virTypedParameter;
typedef virTypedParameter *virTypedParameterPtr;
struct _virTypedParameter {
    char field[VIR_TYPED_PARAM_FIELD_LENGTH];
    int type;
    union {
        int i;                 /* VIR_TYPED_PARAM_INT */
        unsigned int ui;       /* VIR_TYPED_PARAM_UINT */
        long long int l;       /* VIR_TYPED_PARAM_LLONG */
        unsigned long long ul; /* VIR_TYPED_PARAM_ULLONG */
        double d;              /* VIR_TYPED_PARAM_DOUBLE */
        char b;                /* VIR_TYPED_PARAM_BOOLEAN: 0 or 1 */
        char *s;               /* VIR_TYPED_PARAM_STRING: UTF-8, owned by the array */
    } value;
};

virTypedParameterPtr virTypedParamsGet(virTypedParameterPtr params, int nparams, const char *name);
int virTypedParamsGetInt(virTypedParameterPtr params, int nparams, const char *name, int *value);
int virTypedParamsGetUInt(virTypedParameterPtr params, int nparams, const char *name,
                          unsigned int *value);
int virTypedParamsGetLLong(virTypedParameterPtr params, int nparams, const char *name,
                           long long *value);
int virTypedParamsGetULLong(virTypedParameterPtr params, int nparams, const char *name,
                            unsigned long long *value);
int virTypedParamsGetDouble(virTypedParameterPtr params, int nparams, const char *name,
                            double *value);
int virTypedParamsGetBoolean(virTypedParameterPtr params, int nparams, const char *name,
                             int *value);
int virTypedParamsGetString(virTypedParameterPtr params, int nparams, const char *name,
                            const char **value);

int virTypedParamsAddInt(virTypedParameterPtr *params, int *nparams, int *maxparams,
                         const char *name, int value);
int virTypedParamsAddUInt(virTypedParameterPtr *params, int *nparams, int *maxparams,
                          const char *name, unsigned int value);
int virTypedParamsAddLLong(virTypedParameterPtr *params, int *nparams, int *maxparams,
                           const char *name, long long value);
int virTypedParamsAddULLong(virTypedParameterPtr *params, int *nparams, int *maxparams,
                            const char *name, unsigned long long value);
int virTypedParamsAddDouble(virTypedParameterPtr *params, int *nparams, int *maxparams,
                            const char *name, double value);
int virTypedParamsAddBoolean(virTypedParameterPtr *params, int *nparams, int *maxparams,
                             const char *name, int value);
int virTypedParamsAddString(virTypedParameterPtr *params, int *nparams, int *maxparams,
                            const char *name, const char *value);
int virTypedParamsAddStringList(virTypedParameterPtr *params, int *nparams, int *maxparams,
                                const char *name, const char **values);
int virTypedParamsAddFromString(virTypedParameterPtr *params, int *nparams, int *maxparams,
                                const char *name, int type, const char *value);

void virTypedParamsClear(virTypedParameterPtr params, int nparams);
void virTypedParamsFree(virTypedParameterPtr params, int nparams);

# ifdef __cplusplus
}
# endif

#endif
