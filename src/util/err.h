/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * How every room reports a failure: bool (or a pointer) says whether, GError says why.
 *
 * The GError's code is a virErrorNumber; the extended part carries libvirt's error domain ("from").
 * The rim (api/rim.c) turns it into the thread-local virError of the public API. Any thread may call this.
 *
 * Each .c file starts with   #define VIR_FROM_THIS VIR_FROM_QEMU   (or whichever domain it speaks for).
 */
#pragma once

#include <stdbool.h>

#include <glib.h>
#include <glib/gi18n-lib.h>
#include <libvirt/virterror.h>

#define VIR_ERR_QUARK (vir_err_quark())
GQuark vir_err_quark(void);

/* Sets *err (when err is not NULL) and returns false, so that reporting and leaving are one expression.
 * The message is the detail only: the template of the code ("internal error: %s") is added at the rim. */
bool verr_set(GError **err, int from, int code, const char *fmt, ...) G_GNUC_PRINTF(4, 5);

#define fail(err, code, ...) verr_set(err, VIR_FROM_THIS, code, __VA_ARGS__)
/* The same where the function returns a pointer. */
#define fail_null(err, code, ...) (fail(err, code, __VA_ARGS__), NULL)

/* For errors that arrive complete, from a peer: full text, as it was sent; not templated a second time. */
bool verr_set_verbatim(GError **err, int from, int code, const char *message);

/* A wrong argument of a public call: VIR_ERR_INVALID_ARG whose text stands alone, without a template; virError names
 * function and argument beside it. */
bool verr_set_argument(GError **err, int from, const char *function, const char *argument, const char *fmt, ...)
    G_GNUC_PRINTF(5, 6);

/* "cannot open '/x': No such file or directory"; code VIR_ERR_SYSTEM_ERROR. */
bool verr_set_errno(GError **err, int from, int errnum, const char *fmt, ...) G_GNUC_PRINTF(4, 5);
#define fail_errno(err, errnum, ...) verr_set_errno(err, VIR_FROM_THIS, errnum, __VA_ARGS__)

/* The rest of a virError: str1 and str2 are the template and its filling, or function and argument; int1 is the errno of
 * a failed system call, else -1. */
typedef struct {
    char *str1, *str2;
    int   int1, int2;
} VerrDetails;

/* The strings are the caller's. */
void verr_get_details(const GError *err, VerrDetails *ret);
/* An error as a peer sent it; details may be NULL; copied. */
bool verr_set_received(GError **err, int from, int code, const char *message, const VerrDetails *details);

/* virErrorNumber of err; VIR_ERR_INTERNAL_ERROR for a GError of another domain (GIO, json). */
int verr_code(const GError *err);
/* virErrorDomain of err; VIR_FROM_NONE for a GError of another domain. */
int verr_from(const GError *err);
bool verr_is_verbatim(const GError *err);
bool verr_matches(const GError *err, int code);

/* What libvirt prints in front of (or instead of) the detail for a code: "internal error: %s".
 * NULL for an unknown code. The two columns are a table; the test walks it. */
const char *verr_template(int code, bool with_detail);

/* The complete message as a user sees it: template applied to the detail. Caller frees. */
char *verr_text(const GError *err);
