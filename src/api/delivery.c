/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "api/delivery.h"

#include <libvirt/libvirt-event.h>

typedef struct {
    DeliveryFunc   fn;
    gpointer       data;
    GDestroyNotify destroy;
} Post;

enum { TIMER_OFF = -1, TIMER_NOW = 0 };

static GMutex lock;
static GQueue posts = G_QUEUE_INIT; /* under lock */
static gint   timer = -1;           /* atomic; set once, never removed */

static void
run(Post *post)
{
    if (post->fn)
        post->fn(post->data);
    if (post->destroy)
        post->destroy(post->data);
    g_free(post);
}

/* Takes what has been posted so far; what a callback posts itself comes in the loop's next turn, so that other
 * sources of the loop get theirs. */
static void
on_timer(int id, void *unused)
{
    GQueue taken;
    Post *post;

    /* off before taking: a post that comes between turns it on again */
    virEventUpdateTimeout(id, TIMER_OFF);
    g_mutex_lock(&lock);
    taken = posts;
    g_queue_init(&posts);
    g_mutex_unlock(&lock);

    while ((post = g_queue_pop_head(&taken)))
        run(post);
}

/* The timer's number, or -1 without an event loop. No lock: the implementation is the program's. */
static int
need_timer(void)
{
    int id = g_atomic_int_get(&timer);

    if (id >= 0)
        return id;
    id = virEventAddTimeout(TIMER_OFF, on_timer, NULL, NULL);
    if (id < 0)
        return -1;
    if (!g_atomic_int_compare_and_exchange(&timer, -1, id))
        virEventRemoveTimeout(id); /* another thread was first */
    return g_atomic_int_get(&timer);
}

bool
delivery_is_possible(void)
{
    return need_timer() >= 0;
}

void
delivery_post(DeliveryFunc fn, gpointer data, GDestroyNotify destroy)
{
    Post *post = g_new0(Post, 1);
    int id = need_timer();

    *post = (Post){ fn, data, destroy };
    if (id < 0) {
        run(post);
        return;
    }
    g_mutex_lock(&lock);
    g_queue_push_tail(&posts, post);
    g_mutex_unlock(&lock);
    virEventUpdateTimeout(id, TIMER_NOW);
}
