/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "rpc/pool.h"

#define IDLE_SECONDS 10

typedef struct {
    void (*fn)(gpointer data);
    gpointer data;
} Job;

struct RpcPool {
    gint  refs; /* atomic: the owner and each thread */
    char *name; /* fixed, like max */
    guint max;

    GMutex lock;
    GCond  work; /* a job has come, or finishing */
    GCond  gone; /* the last thread has left */
    /* under lock */
    GQueue jobs; /* Job */
    guint  n_threads, n_idle;
    bool   finishing;
};

RpcPool *
rpc_pool_new(const char *name, guint max_threads)
{
    RpcPool *pool = g_new0(RpcPool, 1);

    pool->refs = 1;
    pool->name = g_strdup(name);
    pool->max = max_threads;
    g_mutex_init(&pool->lock);
    g_cond_init(&pool->work);
    g_cond_init(&pool->gone);
    return pool;
}

static void
pool_unref(RpcPool *pool)
{
    if (!g_atomic_int_dec_and_test(&pool->refs))
        return;
    g_mutex_clear(&pool->lock);
    g_cond_clear(&pool->work);
    g_cond_clear(&pool->gone);
    g_free(pool->name);
    g_free(pool);
}

/* Under the lock. NULL: this thread is no longer needed. */
static Job *
next_job(RpcPool *pool)
{
    gint64 end = g_get_monotonic_time() + IDLE_SECONDS * G_TIME_SPAN_SECOND;
    bool   in_time = true;

    pool->n_idle++;
    while (!pool->jobs.head && !pool->finishing && in_time)
        in_time = g_cond_wait_until(&pool->work, &pool->lock, end);
    pool->n_idle--;
    return g_queue_pop_head(&pool->jobs);
}

static gpointer
work(gpointer data)
{
    RpcPool *pool = data;
    Job     *job;

    g_mutex_lock(&pool->lock);
    while ((job = next_job(pool))) {
        g_mutex_unlock(&pool->lock);
        job->fn(job->data);
        g_free(job);
        g_mutex_lock(&pool->lock);
    }
    if (--pool->n_threads == 0)
        g_cond_signal(&pool->gone);
    g_mutex_unlock(&pool->lock);
    pool_unref(pool);
    return NULL;
}

void
rpc_pool_push(RpcPool *pool, void (*fn)(gpointer data), gpointer data)
{
    Job *job = g_new(Job, 1);

    *job = (Job) { fn, data };
    g_mutex_lock(&pool->lock);
    g_queue_push_tail(&pool->jobs, job);
    if (pool->n_idle >= pool->jobs.length) {
        g_cond_signal(&pool->work);
    } else if (pool->n_threads < pool->max) {
        pool->n_threads++;
        g_atomic_int_inc(&pool->refs);
        g_thread_unref(g_thread_new(pool->name, work, pool));
    }
    g_mutex_unlock(&pool->lock);
}

bool
rpc_pool_finish(RpcPool *pool, gint64 deadline)
{
    bool in_time = true;

    g_mutex_lock(&pool->lock);
    pool->finishing = true;
    g_cond_broadcast(&pool->work);
    while (pool->n_threads > 0 && in_time) {
        if (deadline < 0)
            g_cond_wait(&pool->gone, &pool->lock);
        else
            in_time = g_cond_wait_until(&pool->gone, &pool->lock, deadline);
    }
    in_time = pool->n_threads == 0;
    pool->finishing = !in_time;
    g_mutex_unlock(&pool->lock);
    return in_time;
}

void
rpc_pool_free(RpcPool *pool)
{
    pool_unref(pool);
}
