/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "model/event.h"
#include "model/params.h"

typedef struct {
    EventHub *hub;
    GString  *heard;
    char      name;
    int       destroyed;
    int       other; /* unsubscribed from within the sink when > 0 */
} Ear;

static void
listen(const DomainEvent *ev, gpointer data)
{
    Ear *ear = data;

    g_string_append_printf(ear->heard, "%c%d ", ear->name, ev->n1);
    if (ear->other > 0)
        assert_true(event_hub_unsubscribe(ear->hub, ear->other));
    ear->other = 0;
}

static void
destroyed(gpointer data)
{
    ((Ear *)data)->destroyed++;
}

static DomRef
dom(char byte)
{
    DomRef ref = { .name = (char *)"x", .id = -1 };

    memset(ref.uuid, byte, sizeof(ref.uuid));
    return ref;
}

static void
publish(EventHub *hub, int id, char dom_byte, int n1)
{
    DomRef ref = dom(dom_byte);
    g_autoptr(DomainEvent) ev = domain_event_new(id, &ref);

    ev->n1 = n1;
    event_hub_publish(hub, ev);
}

/* A manager that watches one guest must not drown in the events of a thousand others. */
static void
sinks_hear_what_they_subscribed_to(void **state)
{
    GString *heard = g_string_new("");
    EventHub *hub = event_hub_new();
    Ear all = { hub, heard, 'a' }, one = { hub, heard, 'o' }, iterations = { hub, heard, 'i' };
    DomRef two = dom(2);
    int tokens[3];

    tokens[0] = event_hub_subscribe(hub, VIR_DOMAIN_EVENT_ID_LIFECYCLE, NULL, listen, &all, destroyed);
    tokens[1] = event_hub_subscribe(hub, VIR_DOMAIN_EVENT_ID_LIFECYCLE, &two, listen, &one, destroyed);
    tokens[2] = event_hub_subscribe(hub, VIR_DOMAIN_EVENT_ID_MIGRATION_ITERATION, NULL, listen, &iterations, destroyed);
    publish(hub, VIR_DOMAIN_EVENT_ID_LIFECYCLE, 1, 1);
    publish(hub, VIR_DOMAIN_EVENT_ID_LIFECYCLE, 2, 2);
    publish(hub, VIR_DOMAIN_EVENT_ID_MIGRATION_ITERATION, 2, 3);
    publish(hub, VIR_DOMAIN_EVENT_ID_REBOOT, 2, 4);
    assert_string_equal(heard->str, "a1 a2 o2 i3 ");
    assert_true(event_hub_unsubscribe(hub, tokens[0]));
    assert_false(event_hub_unsubscribe(hub, tokens[0]));
    assert_int_equal(all.destroyed, 1);
    publish(hub, VIR_DOMAIN_EVENT_ID_LIFECYCLE, 2, 5);
    assert_string_equal(heard->str, "a1 a2 o2 i3 o5 ");
    event_hub_unref(hub);
    assert_int_equal(one.destroyed, 1);
    assert_int_equal(iterations.destroyed, 1);
    g_string_free(heard, TRUE);
}

static void
a_sink_may_unsubscribe_itself_and_others(void **state)
{
    GString *heard = g_string_new("");
    EventHub *hub = event_hub_new();
    Ear first = { hub, heard, 'f' }, second = { hub, heard, 's' };
    int token = event_hub_subscribe(hub, 0, NULL, listen, &first, destroyed);

    first.other = event_hub_subscribe(hub, 0, NULL, listen, &second, destroyed);
    publish(hub, 0, 1, 1);
    /* gone before its turn came, in the same publication */
    assert_string_equal(heard->str, "f1 ");
    assert_int_equal(second.destroyed, 1);
    first.other = token;
    publish(hub, 0, 1, 2);
    publish(hub, 0, 1, 3);
    assert_string_equal(heard->str, "f1 f2 ");
    assert_int_equal(first.destroyed, 1);
    event_hub_unref(hub);
    g_string_free(heard, TRUE);
}

static void
events_outlive_their_publication(void **state)
{
    DomRef ref = dom(7);
    DomainEvent *ev = domain_event_lifecycle(&ref, VIR_DOMAIN_EVENT_STOPPED, VIR_DOMAIN_EVENT_STOPPED_MIGRATED);
    DomainEvent *kept = domain_event_ref(ev);

    ev->text1 = g_strdup("kept");
    params_add_string(&ev->params, "errmsg", "kept too");
    domain_event_unref(ev);
    assert_int_equal(kept->n2, VIR_DOMAIN_EVENT_STOPPED_MIGRATED);
    assert_string_equal(kept->dom.name, "x");
    assert_string_equal(kept->params.v[0].value.s, "kept too");
    domain_event_unref(kept);
    domain_event_unref(NULL);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(sinks_hear_what_they_subscribed_to),
        cmocka_unit_test(a_sink_may_unsubscribe_itself_and_others),
        cmocka_unit_test(events_outlive_their_publication),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
