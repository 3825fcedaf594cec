/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "util/tsan.h"

/* Empty unless ThreadSanitizer is on. */
typedef int tsan_unused;

#ifdef __SANITIZE_THREAD__

#include <dlfcn.h>
#include <glib-object.h>
#include <json-glib/json-glib.h>

/* These have the names of GLib's functions, and are found before them by all code of ours. */
#pragma GCC diagnostic ignored "-Wmissing-prototypes"
/* GLib's own libraries must find them, too. */
#pragma GCC visibility push(default)
#undef g_once_init_enter
#undef g_once_init_leave

/* What GLib allocates and copies under locks of its own. */
const char *
__tsan_default_suppressions(void)
{
    return "called_from_lib:libglib-2.0.so\n"
           "race:g_realloc\n";
}

static gpointer
find_real(gpointer *cache, const char *name)
{
    gpointer found = __atomic_load_n(cache, __ATOMIC_ACQUIRE);

    if (!found) {
        found = dlsym(RTLD_NEXT, name);
        __atomic_store_n(cache, found, __ATOMIC_RELEASE);
    }
    return found;
}

#define REAL(fn)                                                                                             \
    static gpointer cache;                                                                                   \
    __typeof__(&fn) real = (__typeof__(&fn))find_real(&cache, #fn)

void
g_mutex_lock(GMutex *mutex)
{
    REAL(g_mutex_lock);
    real(mutex);
    tsan_take(mutex);
}

gboolean
g_mutex_trylock(GMutex *mutex)
{
    gboolean locked;

    REAL(g_mutex_trylock);
    locked = real(mutex);
    if (locked)
        tsan_take(mutex);
    return locked;
}

void
g_mutex_unlock(GMutex *mutex)
{
    REAL(g_mutex_unlock);
    tsan_give(mutex);
    real(mutex);
}

void
g_rec_mutex_lock(GRecMutex *mutex)
{
    REAL(g_rec_mutex_lock);
    real(mutex);
    tsan_take(mutex);
}

void
g_rec_mutex_unlock(GRecMutex *mutex)
{
    REAL(g_rec_mutex_unlock);
    tsan_give(mutex);
    real(mutex);
}

void
g_cond_wait(GCond *cond, GMutex *mutex)
{
    REAL(g_cond_wait);
    tsan_give(mutex);
    real(cond, mutex);
    tsan_take(mutex);
}

gboolean
g_cond_wait_until(GCond *cond, GMutex *mutex, gint64 end_time)
{
    gboolean in_time;

    REAL(g_cond_wait_until);
    tsan_give(mutex);
    in_time = real(cond, mutex, end_time);
    tsan_take(mutex);
    return in_time;
}

gboolean
g_once_init_enter(volatile void *location)
{
    gboolean first;

    REAL(g_once_init_enter);
    first = real(location);
    tsan_take(location);
    return first;
}

void
g_once_init_leave(volatile void *location, gsize result)
{
    REAL(g_once_init_leave);
    tsan_give(location);
    real(location, result);
}

gpointer
g_once_impl(GOnce *once, GThreadFunc func, gpointer arg)
{
    gpointer result;

    REAL(g_once_impl);
    result = real(once, func, arg);
    tsan_give(once);
    tsan_take(once);
    return result;
}

guint
g_source_attach(GSource *source, GMainContext *context)
{
    guint id;

    REAL(g_source_attach);
    tsan_give(source);
    id = real(source, context);
    tsan_give(source); /* what attaching allocated */
    return id;
}

/* A callback sees what came before its source was attached. */
typedef struct {
    GSourceFunc    fn;
    gpointer       data;
    GDestroyNotify destroy;
    GSource       *source; /* borrowed: it owns this */
} Callback;

static gboolean
run_callback(gpointer data)
{
    Callback *callback = data;

    tsan_take(callback);
    tsan_take(callback->source);
    return callback->fn(callback->data);
}

static void
free_callback(gpointer data)
{
    Callback *callback = data;

    tsan_take(callback);
    tsan_take(callback->source);
    if (callback->destroy)
        callback->destroy(callback->data);
    g_free(callback);
}

void
g_source_set_callback(GSource *source, GSourceFunc func, gpointer data, GDestroyNotify notify)
{
    Callback *callback = g_new(Callback, 1);

    REAL(g_source_set_callback);
    *callback = (Callback) { func, data, notify, source };
    tsan_give(callback);
    real(source, run_callback, callback, free_callback);
}

typedef struct {
    GFunc    fn;
    gpointer data;
} PoolFunc;

static void
run_pooled(gpointer job, gpointer data)
{
    PoolFunc *pooled = data;

    tsan_take(pooled);
    pooled->fn(job, pooled->data);
    tsan_give(pooled);
}

GThreadPool *
g_thread_pool_new(GFunc func, gpointer data, gint max_threads, gboolean exclusive, GError **error)
{
    PoolFunc *pooled = g_new(PoolFunc, 1); /* lives as long as the process: pools are few */

    REAL(g_thread_pool_new);
    *pooled = (PoolFunc) { func, data };
    return real(run_pooled, pooled, max_threads, exclusive, error);
}

gboolean
g_thread_pool_push(GThreadPool *pool, gpointer data, GError **error)
{
    REAL(g_thread_pool_push);
    tsan_give(pool->user_data);
    return real(pool, data, error);
}

void
g_thread_pool_free(GThreadPool *pool, gboolean immediate, gboolean wait)
{
    gpointer pooled = pool->user_data;

    REAL(g_thread_pool_free);
    real(pool, immediate, wait);
    if (wait)
        tsan_take(pooled);
}

/* The last one frees what the others read. */

void
g_bytes_unref(GBytes *bytes)
{
    REAL(g_bytes_unref);
    if (bytes) {
        tsan_give(bytes);
        tsan_take(bytes);
    }
    real(bytes);
}

void
g_object_unref(gpointer object)
{
    REAL(g_object_unref);
    tsan_give(object);
    tsan_take(object);
    real(object);
}

/* JSON values are handed from thread to thread, and their last owner frees what others have read: the reference counts
 * that make this right are inside the library. One address stands for all of them. */
#define JSON_UNREF(fn, Type)                                                                                 \
    void fn(Type *value)                                                                                     \
    {                                                                                                        \
        REAL(fn);                                                                                            \
        tsan_give(&json_counts);                                                                             \
        tsan_take(&json_counts);                                                                             \
        real(value);                                                                                         \
    }

static int json_counts;
JSON_UNREF(json_node_unref, JsonNode)
JSON_UNREF(json_object_unref, JsonObject)
JSON_UNREF(json_array_unref, JsonArray)

#endif
