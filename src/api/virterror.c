/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <libvirt/virterror.h>

#include <errno.h>
#include <stdio.h>

#include "api/errors.h"
#include "api/rim.h"
#include "util/err.h"

typedef struct {
    virErrorFunc fn;
    void        *data;
} Handler;

static GMutex  handler_lock;
static Handler global_handler; /* under handler_lock */

static void
free_error(gpointer data)
{
    virFreeError(data);
}

/* Each thread's own, made on first use, released with the thread. */
static GPrivate last_error = G_PRIVATE_INIT(free_error);

static virErrorPtr
own_error(void)
{
    virErrorPtr err = g_private_get(&last_error);

    if (!err) {
        err = g_new0(virError, 1);
        g_private_set(&last_error, err);
    }
    return err;
}

void
api_reset_last_error(void)
{
    virErrorPtr err = g_private_get(&last_error);

    if (err)
        virResetError(err);
}

/* Remembers err in conn too, and says who wants to hear of it. */
static Handler
note_in_conn(virConnectPtr conn, const virError *err)
{
    Handler handler = { 0 };

    if (conn) {
        g_mutex_lock(&conn->lock);
        virResetError(&conn->last_error);
        virerr_copy(err, &conn->last_error);
        conn->last_error.conn = conn;
        handler = (Handler){ conn->error_func, conn->error_data };
        g_mutex_unlock(&conn->lock);
    }
    if (!handler.fn) {
        g_mutex_lock(&handler_lock);
        handler = global_handler;
        g_mutex_unlock(&handler_lock);
    }
    return handler;
}

void
api_publish(virConnectPtr conn, GError **err)
{
    int saved_errno = errno;
    virErrorPtr last = own_error();
    Handler handler;

    g_assert(err && *err);
    virResetError(last);
    virerr_from_gerror(*err, last);
    g_clear_error(err);

    handler = note_in_conn(conn, last);
    if (handler.fn)
        handler.fn(handler.data, last);
    else
        virDefaultErrorFunc(last);
    errno = saved_errno;
}

/**
 * virGetLastError:
 *
 * Returns the error of the calling thread's last failed call, or NULL when its last call succeeded. It belongs to
 * the library and changes with the thread's next call; use virSaveLastError() to keep it.
 *
 * Since: 0.1.0
 */
virErrorPtr
virGetLastError(void)
{
    virErrorPtr err = g_private_get(&last_error);

    return err && err->code != VIR_ERR_OK ? err : NULL;
}

/**
 * virGetLastErrorMessage:
 *
 * Returns the message of the thread's last error, or "no error". Borrowed as in virGetLastError().
 *
 * Since: 1.0.6
 */
const char *
virGetLastErrorMessage(void)
{
    virErrorPtr err = virGetLastError();

    if (!err)
        return _("no error");
    return err->message ? err->message : _("unknown error");
}

/**
 * virGetLastErrorCode:
 *
 * Returns the virErrorNumber of the thread's last error; VIR_ERR_OK when there is none.
 *
 * Since: 4.5.0
 */
int
virGetLastErrorCode(void)
{
    virErrorPtr err = virGetLastError();

    return err ? err->code : VIR_ERR_OK;
}

/**
 * virGetLastErrorDomain:
 *
 * Returns the virErrorDomain of the thread's last error; VIR_FROM_NONE when there is none.
 *
 * Since: 4.5.0
 */
int
virGetLastErrorDomain(void)
{
    virErrorPtr err = virGetLastError();

    return err ? err->domain : VIR_FROM_NONE;
}

/**
 * virSaveLastError:
 *
 * Returns a copy of the thread's last error that survives further calls; its code is VIR_ERR_OK when there is none.
 * The caller frees it with virFreeError().
 *
 * Since: 0.6.1
 */
virErrorPtr
virSaveLastError(void)
{
    int saved_errno = errno;
    virErrorPtr copy = g_new0(virError, 1);
    virErrorPtr err = virGetLastError();

    if (err)
        virerr_copy(err, copy);
    errno = saved_errno;
    return copy;
}

/**
 * virCopyLastError:
 * @to: where to copy to; its former content is not looked at
 *
 * The strings of the copy are the caller's: virResetError().
 *
 * Returns the code of the copied error, 0 when there is none, -1 when @to is NULL.
 *
 * Since: 0.1.0
 */
int
virCopyLastError(virErrorPtr to)
{
    virErrorPtr err = virGetLastError();

    if (!to)
        return -1;
    *to = (virError){ 0 };
    if (err)
        virerr_copy(err, to);
    return to->code;
}

/**
 * virResetLastError:
 *
 * Forgets the thread's last error.
 *
 * Since: 0.1.0
 */
void
virResetLastError(void)
{
    api_reset_last_error();
}

/**
 * virResetError:
 * @err: an error, or NULL
 *
 * Frees the strings in @err and zeroes it; @err itself stays the caller's.
 *
 * Since: 0.1.0
 */
void
virResetError(virErrorPtr err)
{
    if (!err)
        return;
    g_free(err->message);
    g_free(err->str1);
    g_free(err->str2);
    g_free(err->str3);
    *err = (virError){ 0 };
}

/**
 * virFreeError:
 * @err: what virSaveLastError() returned, or NULL
 *
 * Since: 0.6.1
 */
void
virFreeError(virErrorPtr err)
{
    virResetError(err);
    g_free(err);
}

/**
 * virDefaultErrorFunc:
 * @err: an error; NULL and VIR_ERR_OK print nothing
 *
 * Prints one line to stderr. This is what happens to errors when nobody set another function.
 *
 * Since: 0.1.0
 */
void
virDefaultErrorFunc(virErrorPtr err)
{
    static const char *const levels[] = {
        [VIR_ERR_NONE] = "",
        [VIR_ERR_WARNING] = N_("warning"),
        [VIR_ERR_ERROR] = N_("error"),
    };
    const char *level = "";

    if (!err || err->code == VIR_ERR_OK)
        return;
    if (err->level > VIR_ERR_NONE && (gsize)err->level < G_N_ELEMENTS(levels))
        level = _(levels[err->level]);
    fprintf(stderr, "libvirt: %s %s : %s\n", virerr_domain_name(err->domain), level,
            err->message ? err->message : _("No error message provided"));
}

/**
 * virSetErrorFunc:
 * @userData: handed to @handler
 * @handler: called for each error of any thread, on the thread where it happened; NULL: print to stderr
 *
 * A function of the connection (virConnSetErrorFunc()) goes first.
 *
 * Since: 0.1.0
 */
void
virSetErrorFunc(void *userData, virErrorFunc handler)
{
    g_autoptr(GMutexLocker) locker G_GNUC_UNUSED = g_mutex_locker_new(&handler_lock);

    global_handler = (Handler){ handler, userData };
}

/**
 * virConnGetLastError:
 * @conn: a connection
 *
 * Returns the last error of any call on @conn, or NULL. Another thread's call may change it at any time;
 * virGetLastError() has no such trouble.
 *
 * Since: 0.1.0
 */
virErrorPtr
virConnGetLastError(virConnectPtr conn)
{
    if (!conn_is_valid(conn))
        return NULL;
    return conn->last_error.code != VIR_ERR_OK ? &conn->last_error : NULL;
}

/**
 * virConnCopyLastError:
 * @conn: a connection
 * @to: where to copy to; its former content is not looked at
 *
 * Unlike virConnGetLastError(), safe against other threads. The strings of the copy are the caller's.
 *
 * Returns the code of the copied error, 0 when there is none, -1 for an invalid @conn or a NULL @to.
 *
 * Since: 0.1.0
 */
int
virConnCopyLastError(virConnectPtr conn, virErrorPtr to)
{
    if (!to || !conn_is_valid(conn))
        return -1;
    *to = (virError){ 0 };
    g_mutex_lock(&conn->lock);
    if (conn->last_error.code != VIR_ERR_OK)
        virerr_copy(&conn->last_error, to);
    g_mutex_unlock(&conn->lock);
    return to->code;
}

/**
 * virConnResetLastError:
 * @conn: a connection
 *
 * Since: 0.1.0
 */
void
virConnResetLastError(virConnectPtr conn)
{
    if (!conn_is_valid(conn))
        return;
    g_mutex_lock(&conn->lock);
    virResetError(&conn->last_error);
    g_mutex_unlock(&conn->lock);
}

/**
 * virConnSetErrorFunc:
 * @conn: a connection
 * @userData: handed to @handler
 * @handler: called for each error of a call on @conn, on the calling thread; NULL: the global function again
 *
 * Since: 0.1.0
 */
void
virConnSetErrorFunc(virConnectPtr conn, void *userData, virErrorFunc handler)
{
    if (!conn_is_valid(conn))
        return;
    g_mutex_lock(&conn->lock);
    conn->error_func = handler;
    conn->error_data = userData;
    g_mutex_unlock(&conn->lock);
}
