/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "util/loop.h"

#include <glib-unix.h>

#include "util/tsan.h"

struct Loop {
    gint          refs; /* atomic */
    char         *name;
    GMainContext *context;
    GMainLoop    *main;
    GThread      *thread;  /* of loop_start(); joined by loop_stop() */
    GThread      *running; /* atomic: the thread inside loop_run() */
};

typedef struct {
    GSource    source;
    gpointer   tag;
    LoopFdFunc fn;
    gpointer   data;
    int        fd;
} FdSource;

Loop *
loop_new(const char *name)
{
    Loop *loop = g_new0(Loop, 1);

    loop->refs = 1;
    loop->name = g_strdup(name);
    loop->context = g_main_context_new();
    loop->main = g_main_loop_new(loop->context, FALSE);
    return loop;
}

Loop *
loop_ref(Loop *loop)
{
    g_atomic_int_inc(&loop->refs);
    return loop;
}

void
loop_unref(Loop *loop)
{
    if (!loop || !g_atomic_int_dec_and_test(&loop->refs))
        return;
    g_main_loop_unref(loop->main);
    g_main_context_unref(loop->context);
    g_free(loop->name);
    g_free(loop);
}

void
loop_run(Loop *loop)
{
    g_main_context_push_thread_default(loop->context);
    g_atomic_pointer_set(&loop->running, g_thread_self());
    g_main_loop_run(loop->main);
    g_atomic_pointer_set(&loop->running, NULL);
    g_main_context_pop_thread_default(loop->context);
}

static gpointer
run_thread(gpointer data)
{
    loop_run(data);
    loop_unref(data);
    return NULL;
}

void
loop_start(Loop *loop)
{
    loop->thread = g_thread_new(loop->name, run_thread, loop_ref(loop));
}

static void
quit(gpointer data)
{
    g_main_loop_quit(data);
}

void
loop_stop(Loop *loop)
{
    bool inside = loop_is_current(loop);

    /* Posted, not called: a quit before g_main_loop_run() would be lost. */
    loop_post(loop, quit, loop->main, NULL);
    if (loop->thread && !inside)
        g_thread_join(g_steal_pointer(&loop->thread));
}

bool
loop_is_current(Loop *loop)
{
    return g_atomic_pointer_get(&loop->running) == g_thread_self();
}

GMainContext *
loop_context(Loop *loop)
{
    return loop->context;
}

typedef struct {
    LoopFunc       fn;
    gpointer       data;
    GDestroyNotify destroy;
} Post;

static gboolean
run_post(gpointer data)
{
    Post *post = data;

    post->fn(post->data);
    return G_SOURCE_REMOVE;
}

static void
free_post(gpointer data)
{
    Post *post = data;

    if (post->destroy)
        post->destroy(post->data);
    g_free(post);
}

void
loop_post(Loop *loop, LoopFunc fn, gpointer data, GDestroyNotify destroy)
{
    Post    *post = g_new(Post, 1);
    GSource *source = g_idle_source_new();

    *post = (Post){ fn, data, destroy };
    g_source_set_priority(source, G_PRIORITY_DEFAULT);
    g_source_set_callback(source, run_post, post, free_post);
    g_source_attach(source, loop->context);
    g_source_unref(source);
}

typedef struct {
    LoopFunc fn;
    gpointer data;
    GMutex   lock;
    GCond    cond;
    bool     done; /* under lock */
} Call;

static void
run_call(gpointer data)
{
    Call *call = data;

    call->fn(call->data);
    g_mutex_lock(&call->lock);
    call->done = true;
    g_cond_signal(&call->cond);
    g_mutex_unlock(&call->lock);
}

void
loop_call(Loop *loop, LoopFunc fn, gpointer data)
{
    Call call = { .fn = fn, .data = data };

    if (loop_is_current(loop)) {
        fn(data);
        return;
    }
    g_mutex_init(&call.lock);
    g_cond_init(&call.cond);
    loop_post(loop, run_call, &call, NULL);
    g_mutex_lock(&call.lock);
    while (!call.done)
        g_cond_wait(&call.cond, &call.lock);
    g_mutex_unlock(&call.lock);
    g_mutex_clear(&call.lock);
    g_cond_clear(&call.cond);
}

static gboolean
fd_check(GSource *source)
{
    gboolean ready;

    tsan_take(source);
    ready = g_source_query_unix_fd(source, ((FdSource *)source)->tag) != 0;
    tsan_give(source);
    return ready;
}

static gboolean
fd_dispatch(GSource *source, GSourceFunc callback, gpointer data)
{
    FdSource *self = (FdSource *)source;

    (void)callback;
    (void)data;
    tsan_take(source);
    return self->fn(self->fd, g_source_query_unix_fd(source, self->tag), self->data);
}

static GSourceFuncs fd_funcs = { .check = fd_check, .dispatch = fd_dispatch };

static gboolean
never_called(gpointer data)
{
    (void)data;
    return G_SOURCE_REMOVE;
}

GSource *
loop_add_fd(Loop *loop, int fd, GIOCondition cond, LoopFdFunc fn, gpointer data, GDestroyNotify destroy)
{
    GSource  *source = g_source_new(&fd_funcs, sizeof(FdSource));
    FdSource *self = (FdSource *)source;

    self->fn = fn;
    self->data = data;
    self->fd = fd;
    self->tag = g_source_add_unix_fd(source, fd, cond);
    g_source_set_callback(source, never_called, data, destroy);
    /* GLib takes the descriptor out of the poll set around each dispatch of other sources, and wakes the loop twice
     * for it: three system calls that no callback here needs, since none runs the loop inside itself. */
    g_source_set_can_recurse(source, TRUE);
    g_source_attach(source, loop->context);
    return source;
}

void
loop_fd_set_cond(GSource *source, GIOCondition cond)
{
    g_source_modify_unix_fd(source, ((FdSource *)source)->tag, cond);
}

GSource *
loop_add_timer(Loop *loop, guint ms, GSourceFunc fn, gpointer data, GDestroyNotify destroy)
{
    GSource *source = g_timeout_source_new(ms);

    g_source_set_callback(source, fn, data, destroy);
    g_source_attach(source, loop->context);
    return source;
}

void
source_remove(GSource **source)
{
    if (!*source)
        return;
    tsan_take(*source);
    g_source_destroy(*source);
    g_source_unref(g_steal_pointer(source));
}
