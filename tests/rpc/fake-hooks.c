/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A Loop, as an application's event loop would offer it. */
#include "fake.h"

typedef struct {
    int      id, fd;
    GSource *source;
    void   (*fd_fn)(int watch, int fd, int events, void *data);
    void   (*timer_fn)(int timer, void *data);
    void   (*free_fn)(void *data);
    void    *data;
} Hook;

static struct {
    Loop       *loop;
    GMutex      lock;
    GHashTable *hooks; /* id -> Hook; under lock */
    int         next;
} hooking;

static Hook *
hook_find(int id)
{
    Hook *hook;

    g_mutex_lock(&hooking.lock);
    hook = g_hash_table_lookup(hooking.hooks, GINT_TO_POINTER(id));
    g_mutex_unlock(&hooking.lock);
    return hook;
}

static int
hook_add(Hook *hook)
{
    g_mutex_lock(&hooking.lock);
    hook->id = ++hooking.next;
    g_hash_table_insert(hooking.hooks, GINT_TO_POINTER(hook->id), hook);
    g_mutex_unlock(&hooking.lock);
    return hook->id;
}

static GIOCondition
to_cond(int events)
{
    return (events & 1 ? G_IO_IN : 0) | (events & 2 ? G_IO_OUT : 0);
}

static gboolean
hook_fd_ready(int fd, GIOCondition what, gpointer data)
{
    Hook *hook = data;
    int   events = (what & G_IO_IN ? 1 : 0) | (what & G_IO_OUT ? 2 : 0) | (what & G_IO_ERR ? 4 : 0)
                 | (what & G_IO_HUP ? 8 : 0);

    hook->fd_fn(hook->id, fd, events, hook->data);
    return G_SOURCE_CONTINUE;
}

static int
add_fd(int fd, int events, void (*fn)(int, int, int, void *), void *data, void (*free_fn)(void *))
{
    Hook *hook = g_new0(Hook, 1);

    hook->fd = fd;
    hook->fd_fn = fn;
    hook->free_fn = free_fn;
    hook->data = data;
    hook_add(hook);
    hook->source = loop_add_fd(hooking.loop, fd, to_cond(events), hook_fd_ready, hook, NULL);
    return hook->id;
}

static gboolean
hook_timer(gpointer data)
{
    Hook *hook = data;

    hook->timer_fn(hook->id, hook->data);
    return G_SOURCE_CONTINUE;
}

static int
add_timer(int ms, void (*fn)(int, void *), void *data, void (*free_fn)(void *))
{
    Hook *hook = g_new0(Hook, 1);

    hook->timer_fn = fn;
    hook->free_fn = free_fn;
    hook->data = data;
    hook_add(hook);
    if (ms >= 0)
        hook->source = loop_add_timer(hooking.loop, (guint)ms, hook_timer, hook, NULL);
    return hook->id;
}

typedef struct { Hook *hook; int ms; } Rearm;

static void
rearm(gpointer data)
{
    Rearm *r = data;

    source_remove(&r->hook->source);
    if (r->ms >= 0)
        r->hook->source = loop_add_timer(hooking.loop, (guint)r->ms, hook_timer, r->hook, NULL);
}

static void
update_timer(int timer, int ms)
{
    Rearm *r = g_new(Rearm, 1);

    *r = (Rearm) { hook_find(timer), ms };
    loop_post(hooking.loop, rearm, r, g_free);
}

static void
hook_remove(gpointer data)
{
    Hook *hook = data;

    source_remove(&hook->source);
    hook->free_fn(hook->data);
    g_free(hook);
}

static int
remove_any(int id)
{
    Hook *hook = hook_find(id);

    g_mutex_lock(&hooking.lock);
    g_hash_table_remove(hooking.hooks, GINT_TO_POINTER(id));
    g_mutex_unlock(&hooking.lock);
    loop_post(hooking.loop, hook_remove, hook, NULL);
    return 0;
}

const RpcLoopHooks *
fake_hooks(Loop *loop)
{
    static const RpcLoopHooks hooks = { add_fd, remove_any, add_timer, update_timer, remove_any };

    hooking.loop = loop;
    if (!hooking.hooks)
        hooking.hooks = g_hash_table_new(NULL, NULL);
    return &hooks;
}
