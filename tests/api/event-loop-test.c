/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "api-test.h"

/* Every call of the loop that a test waits for; the watchdog of fresh() ends one that never comes. */
static void
run_until(const int *count, int wanted)
{
    while (*count < wanted)
        assert_int_equal(virEventRunDefaultImpl(), 0);
}

static void
without_registration_there_is_no_loop(void **state)
{
    assert_int_equal(virEventAddTimeout(0, NULL, NULL, NULL), -1);
    assert_int_equal(virEventAddHandle(0, VIR_EVENT_HANDLE_READABLE, NULL, NULL, NULL), -1);
    assert_int_equal(virEventRemoveTimeout(1), -1);
    assert_int_equal(virEventRunDefaultImpl(), -1);
    assert_int_equal(virGetLastErrorCode(), VIR_ERR_INTERNAL_ERROR);
    assert_int_equal(virEventRegisterDefaultImpl(), 0);
    assert_int_equal(virEventRegisterDefaultImpl(), 0);
}

static int ticks, frees;

static void
tick(int timer, void *opaque)
{
    ticks++;
    assert_int_equal(timer, *(int *)opaque);
}

static void
count_free(void *opaque)
{
    frees++;
}

static void
timers_fire_until_switched_off(void **state)
{
    int timer;

    ticks = frees = 0;
    timer = virEventAddTimeout(0, tick, &timer, count_free);
    assert_true(timer > 0);
    run_until(&ticks, 3);
    virEventUpdateTimeout(timer, -1);
    virEventUpdateTimeout(timer, 1);
    run_until(&ticks, 4);
    /* handles and timers are numbered alike but are not the same */
    assert_int_equal(virEventRemoveHandle(timer), -1);
    assert_int_equal(virEventRemoveTimeout(timer), 0);
    assert_int_equal(virEventRemoveTimeout(timer), -1);
    /* never from within the removal: a program may hold a lock there */
    assert_int_equal(frees, 0);
    run_until(&frees, 1);
    assert_int_equal(ticks, 4);
}

static int handled, seen;

static void
drain(int watch, int fd, int events, void *opaque)
{
    char byte;

    handled++;
    seen |= events;
    if (events & VIR_EVENT_HANDLE_READABLE)
        assert_int_equal(read(fd, &byte, 1), (events & VIR_EVENT_HANDLE_HANGUP) ? 0 : 1);
}

static void
descriptors_are_watched_as_asked(void **state)
{
    int fds[2], watch;

    handled = seen = frees = 0;
    assert_int_equal(pipe(fds), 0);
    watch = virEventAddHandle(fds[0], 0, drain, NULL, count_free);
    assert_true(watch > 0);
    assert_int_equal(write(fds[1], "ab", 2), 2);
    ticks = 0;
    {
        /* switched off: the loop turns, nothing is read */
        int timer = virEventAddTimeout(0, tick, &timer, NULL);

        run_until(&ticks, 2);
        virEventRemoveTimeout(timer);
    }
    assert_int_equal(handled, 0);
    virEventUpdateHandle(watch, VIR_EVENT_HANDLE_READABLE);
    run_until(&handled, 2);
    assert_int_equal(seen, VIR_EVENT_HANDLE_READABLE);
    close(fds[1]);
    run_until(&handled, 3);
    assert_true(seen & VIR_EVENT_HANDLE_HANGUP);
    assert_int_equal(virEventRemoveHandle(watch), 0);
    run_until(&frees, 1);
    close(fds[0]);
}

static int removed_from;

static void
remove_itself(int timer, void *opaque)
{
    ticks++;
    removed_from = virEventRemoveTimeout(timer);
}

static void
callbacks_may_remove_themselves(void **state)
{
    ticks = frees = 0;
    removed_from = -1;
    virEventAddTimeout(0, remove_itself, NULL, count_free);
    run_until(&frees, 1);
    assert_int_equal(ticks, 1);
    assert_int_equal(removed_from, 0);
}

static int poked;

static void
poke(int timer, void *opaque)
{
    virEventUpdateTimeout(timer, -1);
    poked++;
}

static gpointer
wake_loop(gpointer timer)
{
    virEventUpdateTimeout(GPOINTER_TO_INT(timer), 0);
    return NULL;
}

/* Another thread arms a timer while the loop sleeps without an end: it must wake up. */
static void
other_threads_wake_the_loop(void **state)
{
    int timer = virEventAddTimeout(-1, poke, NULL, NULL);
    GThread *thread = g_thread_new("waker", wake_loop, GINT_TO_POINTER(timer));

    run_until(&poked, 1);
    g_thread_join(thread);
    virEventRemoveTimeout(timer);
}

static int theirs;

static int
their_add_timeout(int ms, virEventTimeoutCallback cb, void *opaque, virFreeCallback ff)
{
    return ++theirs;
}

static void
a_second_loop_is_ignored(void **state)
{
    int timer;

    virEventRegisterImpl(NULL, NULL, NULL, their_add_timeout, NULL, NULL);
    timer = virEventAddTimeout(-1, tick, NULL, NULL);
    assert_true(timer > 0);
    assert_int_equal(theirs, 0);
    assert_int_equal(virEventRemoveTimeout(timer), 0);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(without_registration_there_is_no_loop, fresh),
        cmocka_unit_test_setup(timers_fire_until_switched_off, fresh),
        cmocka_unit_test_setup(descriptors_are_watched_as_asked, fresh),
        cmocka_unit_test_setup(callbacks_may_remove_themselves, fresh),
        cmocka_unit_test_setup(other_threads_wake_the_loop, fresh),
        cmocka_unit_test_setup(a_second_loop_is_ignored, fresh),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
