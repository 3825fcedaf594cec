/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* If this fails, a procedure would be served by the wrong row, a verb could not be reached from outside, or a peer could
 * make us allocate without limit. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include <libvirt/virterror.h>

#include "wire/events.h"
#include "wire/forms.h"
#include "wire/session.h"

static void
numbers_ascend_and_limits_are_there(void **state)
{
    const RpcProgram session = { .number = 1, .version = 1, .name = "session", .calls = session_calls,
                                 .n_calls = n_session_calls };

    (void)state;
    assert_null(rpc_program_fault(&remote_program));
    assert_null(rpc_program_fault(&session));
    for (gsize i = 0; i < n_session_calls; i++)
        assert_null(wire_call_by_number(session_calls[i].number));
}

static void
every_verb_travels(void **state)
{
    static const guint8 zeros[512];

    (void)state;
    for (int v = 0; v < VERB_LAST; v++) {
        const RpcCall *call = wire_call_by_verb(v, zeros);

        if (!call)
            fail_msg("verb %s is in no row", verbs[v].name);
        assert_int_equal(wire_tag(call)->verb, v);
        assert_true(sizeof(zeros) >= verb_rows[v].in_size);
        assert_int_equal(verb_rows[v].out_size, verbs[v].out_size);
    }
}

static void
every_procedure_has_an_api_name(void **state)
{
    (void)state;
    for (gsize i = 0; i < n_remote_calls; i++) {
        const RpcCall *call = &remote_calls[i];
        const char    *verb_api = verbs[wire_tag(call)->verb].api;
        const char    *api = wire_api_name(call->number);

        assert_non_null(api);
        /* "virDomainDestroy" and "virDomainDestroyFlags" are one verb; the migration phases have private names. */
        if (wire_tag(call)->form == NULL && strncmp(verb_api, api, strlen(api)) != 0)
            fail_msg("%d: %s is not %s", call->number, api, verb_api);
    }
    assert_null(wire_api_name(318));
    assert_null(wire_api_name(444));
    assert_null(wire_api_name(-1));
    assert_string_equal(wire_api_name(283), "virConnectListAllNetworks");
}

/* No row of a verb's struct may point beyond the struct, whichever struct the row was written for. */
static void
rows_lie_within_their_struct(void **state)
{
    (void)state;
    for (gsize i = 0; i < n_remote_calls; i++) {
        const RpcCall *call = &remote_calls[i];

        for (const XdrField *f = call->in; f->name; f++)
            assert_true(f->offset < call->in_size);
        for (const XdrField *f = call->out; f->name; f++)
            assert_true(f->offset < call->out_size);
    }
}

static void
dialect_chooses_the_procedure(void **state)
{
    static const struct {
        VerbId verb;
        gint32 params, v3;
    } cases[] = {
        { VERB_migrate_begin, 302, 213 },   { VERB_migrate_prepare, 303, 214 }, { VERB_migrate_perform, 305, 216 },
        { VERB_migrate_finish, 306, 217 },  { VERB_migrate_confirm, 307, 218 },
    };
    MigrateBeginIn   begin = { .dialect = DIALECT_V3 };
    MigratePrepareIn prepare = { .dialect = DIALECT_V3 };
    MigratePerformIn perform = { .dialect = DIALECT_V3 };
    MigrateFinishIn  finish = { .dialect = DIALECT_V3 };
    MigrateConfirmIn confirm = { .dialect = DIALECT_V3 };
    gconstpointer    ins[] = { &begin, &prepare, &perform, &finish, &confirm };
    static const guint8 zeros[256];

    (void)state;
    for (gsize i = 0; i < G_N_ELEMENTS(cases); i++) {
        assert_int_equal(wire_call_by_verb(cases[i].verb, zeros)->number, cases[i].params);
        assert_int_equal(wire_call_by_verb(cases[i].verb, ins[i])->number, cases[i].v3);
    }
}

static void
newer_procedures_are_preferred(void **state)
{
    static const struct {
        VerbId verb;
        gint32 number;
    } cases[] = {
        { VERB_domain_create, 196 },   { VERB_domain_destroy, 234 },   { VERB_domain_shutdown, 258 },
        { VERB_domain_undefine, 231 }, { VERB_domain_define_xml, 350 }, { VERB_domain_abort_job, 164 },
    };
    static const guint8 zeros[256];
    const DomainIn      with_flags = { .flags = 1 };

    (void)state;
    for (gsize i = 0; i < G_N_ELEMENTS(cases); i++)
        assert_int_equal(wire_call_by_verb(cases[i].verb, zeros)->number, cases[i].number);
    assert_int_equal(wire_call_by_verb(VERB_domain_abort_job, &with_flags)->number, 442);
}

static void
forms_refuse_what_they_cannot_say(void **state)
{
    virTypedParameter strange = { .field = "parallel.connections", .type = VIR_TYPED_PARAM_INT };
    MigrateBeginIn    in = { .dom = { .name = (char *)"g" }, .params = { &strange, 1 }, .dialect = DIALECT_V3 };
    Phase3            wire = { 0 };
    GError           *err = NULL;

    (void)state;
    assert_false(begin3.lend(&in, &wire, &err));
    assert_int_equal(err->code, VIR_ERR_ARGUMENT_UNSUPPORTED);
    assert_non_null(strstr(err->message, "parallel.connections"));
    g_clear_error(&err);

    wire = (Phase3){ .flags = 1ull << 32 };
    in = (MigrateBeginIn){ 0 };
    assert_false(begin3.take(&wire, &in, &err));
    assert_int_equal(err->code, VIR_ERR_INVALID_ARG);
    g_clear_error(&err);
}

static void
event_numbers_are_unique(void **state)
{
    bool legacy;

    (void)state;
    assert_int_equal(n_wire_events, 27);
    for (gsize i = 0; i < n_wire_events; i++) {
        const WireEvent *row = &wire_events[i];

        assert_int_equal(row->id, (int)i);
        assert_ptr_equal(wire_event_by_proc(row->callback, &legacy), row);
        assert_false(legacy);
        if (row->legacy) {
            assert_ptr_equal(wire_event_by_proc(row->legacy, &legacy), row);
            assert_true(legacy);
        }
        if (row->rows)
            assert_null(xdr_rows_fault(row->rows));
        assert_null(wire_api_name(row->callback));
    }
    assert_null(wire_event_by_proc(0, &legacy));
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(numbers_ascend_and_limits_are_there),
        cmocka_unit_test(every_verb_travels),
        cmocka_unit_test(every_procedure_has_an_api_name),
        cmocka_unit_test(rows_lie_within_their_struct),
        cmocka_unit_test(dialect_chooses_the_procedure),
        cmocka_unit_test(newer_procedures_are_preferred),
        cmocka_unit_test(forms_refuse_what_they_cannot_say),
        cmocka_unit_test(event_numbers_are_unique),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
