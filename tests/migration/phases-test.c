/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The routes of migration/README.md. A wrong one leaves a guest paused, lost, or running twice. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>
#undef fail

#include "migration/dialects.h"
#include "migration/phases.h"
#include "model/params.h"
#include "util/err.h"

#undef fail /* ours; cmocka's fail_msg() needs its own */
#define fail() _fail(__FILE__, __LINE__)

typedef struct {
    const char   *name;
    guint32       flags;
    bool          protect;
    bool          confirm_always;
    /* verb that fails (VERB_LAST: none), with this error; dead: because its connection broke */
    VerbId        fails;
    int           from, code;
    bool          dead;
    /* error of a cancelled Finish; 0: libvirt's MIGRATE_FINISH_OK */
    int           finish_code;
    bool          no_uri;
    MigFate       fate;
    bool          ours; /* both hosts are godwits */
    int           confirm_code; /* error of a cancelled Confirm; 0: none */
    int           state_after;  /* of the source's domain then */
    /* expected */
    const char   *route; /* a step told "cancelled" carries ! */
    MigResult     result;
    int           error; /* 0: success */
    const char   *words; /* NULL: any */
} RouteCase;

static const RouteCase cases[] = {
    { "all well", .protect = true, .fails = VERB_LAST, .route = "begin prepare perform finish confirm",
      .result = MIG_ARRIVED },
    { "offline", VIR_MIGRATE_OFFLINE, .protect = true, .fails = VERB_LAST, .route = "begin prepare finish confirm",
      .result = MIG_ARRIVED },
    { "begin fails", .protect = true, .fails = VERB_migrate_begin, .code = VIR_ERR_MIGRATE_UNSAFE, .route = "begin",
      .error = VIR_ERR_MIGRATE_UNSAFE },
    { "prepare fails, Begin's job is kept", .protect = true, .fails = VERB_migrate_prepare,
      .code = VIR_ERR_OPERATION_INVALID, .route = "begin prepare confirm!", .error = VIR_ERR_OPERATION_INVALID },
    { "prepare fails, Begin kept no job", .fails = VERB_migrate_prepare, .code = VIR_ERR_OPERATION_INVALID,
      .route = "begin prepare", .error = VIR_ERR_OPERATION_INVALID },
    { "prepare's connection breaks", .protect = true, .fails = VERB_migrate_prepare, .code = VIR_ERR_INTERNAL_ERROR,
      .dead = true, .route = "begin prepare confirm!", .error = VIR_ERR_INTERNAL_ERROR,
      .words = "the connection to 'b' was lost during 'prepare': as scripted" },
    { "the state cannot be asked", .protect = true, .fails = VERB_domain_get_state, .code = VIR_ERR_NO_DOMAIN,
      .route = "begin confirm!", .error = VIR_ERR_NO_DOMAIN },
    { "nobody names an address", .protect = true, .fails = VERB_LAST, .no_uri = true,
      .route = "begin prepare finish! confirm!", .error = VIR_ERR_INTERNAL_ERROR },
    { "perform fails: its error is told", .protect = true, .fails = VERB_migrate_perform,
      .code = VIR_ERR_OPERATION_ABORTED, .from = VIR_FROM_QEMU, .route = "begin prepare perform finish!",
      .error = VIR_ERR_OPERATION_ABORTED },
    { "perform fails vaguely: why the destination's QEMU died is told, too", .protect = true, .fails = VERB_migrate_perform,
      .from = VIR_FROM_QEMU, .code = VIR_ERR_OPERATION_FAILED, .finish_code = VIR_ERR_INTERNAL_ERROR,
      .route = "begin prepare perform finish!", .error = VIR_ERR_OPERATION_FAILED,
      .words = "as scripted; at the destination: internal error: cancelled" },
    { "perform fails for a reason that the source knows: the destination's echo is not told", .protect = true,
      .fails = VERB_migrate_perform, .from = VIR_FROM_DOMAIN, .code = VIR_ERR_OPERATION_FAILED,
      .finish_code = VIR_ERR_OPERATION_FAILED, .route = "begin prepare perform finish!",
      .error = VIR_ERR_OPERATION_FAILED, .words = "as scripted" },
    { "perform fails vaguely, the destination has nothing to add", .protect = true, .fails = VERB_migrate_perform,
      .from = VIR_FROM_QEMU, .code = VIR_ERR_OPERATION_FAILED, .route = "begin prepare perform finish!",
      .error = VIR_ERR_OPERATION_FAILED },
    { "perform fails, peer-to-peer", .protect = true, .confirm_always = true, .fails = VERB_migrate_perform,
      .from = VIR_FROM_QEMU, .code = VIR_ERR_OPERATION_FAILED, .route = "begin prepare perform finish! confirm!",
      .error = VIR_ERR_OPERATION_FAILED },
    { "finish refuses", .protect = true, .fails = VERB_migrate_finish, .code = VIR_ERR_OPERATION_FAILED,
      .route = "begin prepare perform finish confirm!", .error = VIR_ERR_OPERATION_FAILED },
    { "finish's answer is lost, the guest runs there", .protect = true, .fails = VERB_migrate_finish, .dead = true,
      .code = VIR_ERR_INTERNAL_ERROR, .fate = MIG_FATE_RUNS_THERE, .route = "begin prepare perform finish confirm",
      .result = MIG_ARRIVED },
    { "finish's answer is lost, the guest is not there", .protect = true, .fails = VERB_migrate_finish, .dead = true,
      .code = VIR_ERR_INTERNAL_ERROR, .fate = MIG_FATE_NOT_THERE, .route = "begin prepare perform finish confirm!",
      .error = VIR_ERR_INTERNAL_ERROR },
    { "finish's answer is lost, nobody can tell: the source may not go on", .protect = true,
      .fails = VERB_migrate_finish, .dead = true, .code = VIR_ERR_INTERNAL_ERROR, .fate = MIG_FATE_UNKNOWN,
      .route = "begin prepare perform finish", .result = MIG_IN_DOUBT, .error = VIR_ERR_INTERNAL_ERROR },
    { "finish's answer is lost, the source asks and goes on", .protect = true, .fails = VERB_migrate_finish,
      .dead = true, .code = VIR_ERR_INTERNAL_ERROR, .ours = true, .route = "begin prepare perform finish confirm!",
      .error = VIR_ERR_INTERNAL_ERROR },
    { "finish's answer is lost, the source asks and lets go", .protect = true, .fails = VERB_migrate_finish,
      .dead = true, .code = VIR_ERR_INTERNAL_ERROR, .ours = true, .confirm_code = VIR_ERR_OPERATION_FAILED,
      .state_after = VIR_DOMAIN_SHUTOFF, .route = "begin prepare perform finish confirm!", .result = MIG_ARRIVED },
    { "finish's answer is lost, the source asks and gets no answer: its words are told", .protect = true,
      .fails = VERB_migrate_finish, .dead = true, .code = VIR_ERR_INTERNAL_ERROR, .ours = true,
      .confirm_code = VIR_ERR_OPERATION_FAILED, .state_after = VIR_DOMAIN_PAUSED,
      .route = "begin prepare perform finish confirm!", .result = MIG_IN_DOUBT, .error = VIR_ERR_OPERATION_FAILED },
    { "confirm fails: the guest has moved all the same", .protect = true, .fails = VERB_migrate_confirm,
      .code = VIR_ERR_INTERNAL_ERROR, .route = "begin prepare perform finish confirm", .result = MIG_ARRIVED },
};

typedef struct {
    const RouteCase *c;
    GString         *route;
    bool             dead[2]; /* source, destination */
    bool             confirmed;
    guint32          flags_seen[MIG_DONE];
} Script;

static Script *script;

static bool
fail_as_told(MigEnd *end, GError **err)
{
    const RouteCase *c = script->c;

    script->dead[end->data != NULL] = c->dead;
    return verr_set(err, c->from, c->code, "as scripted");
}

static void
note(const char *step, bool cancelled)
{
    g_string_append_printf(script->route, "%s%s%s", script->route->len ? " " : "", step, cancelled ? "!" : "");
}

static GBytes *
answer(const char *text)
{
    g_autofree char *all = g_strconcat(text, script->c->ours ? "<godwit>" : "", NULL);

    return g_bytes_new(all, strlen(all) + 1);
}

static bool
do_begin(const MigrateBeginIn *in, MigrateBeginOut *out)
{
    script->flags_seen[MIG_BEGIN] = in->flags;
    out->cookie = answer("1");
    out->xml = g_strdup("<domain/>");
    return true;
}

static bool
do_prepare(const MigratePrepareIn *in, MigratePrepareOut *out)
{
    script->flags_seen[MIG_PREPARE] = in->flags;
    assert_string_equal(g_bytes_get_data(in->cookie, NULL), script->c->ours ? "1<godwit>" : "1");
    assert_string_equal(params_find(&in->params, VIR_MIGRATE_PARAM_DEST_XML)->value.s, "<domain/>");
    out->cookie = answer("2");
    out->uri = script->c->no_uri ? NULL : g_strdup("tcp:b:49152");
    return true;
}

static bool
do_perform(const MigratePerformIn *in, MigratePerformOut *out)
{
    script->flags_seen[MIG_PERFORM] = in->flags;
    assert_string_equal(g_bytes_get_data(in->cookie, NULL), script->c->ours ? "2<godwit>" : "2");
    assert_string_equal(params_find(&in->params, VIR_MIGRATE_PARAM_URI)->value.s, "tcp:b:49152");
    assert_null(params_find(&in->params, VIR_MIGRATE_PARAM_DEST_XML));
    out->cookie = answer("3");
    return true;
}

static bool
do_finish(const MigrateFinishIn *in, MigrateFinishOut *out, GError **err)
{
    script->flags_seen[MIG_FINISH] = in->flags;
    assert_string_equal(params_find(&in->params, VIR_MIGRATE_PARAM_DEST_NAME)->value.s, "gm");
    if (in->cancelled) {
        int code = script->c->finish_code ? script->c->finish_code : VIR_ERR_MIGRATE_FINISH_OK;

        assert_null(in->cookie);
        return verr_set(err, VIR_FROM_QEMU, code, "cancelled");
    }
    assert_true((in->cookie == NULL) == !!(script->c->flags & VIR_MIGRATE_OFFLINE));
    out->dom.name = g_strdup("gm");
    out->dom.id = 7;
    out->cookie = answer("4");
    return true;
}

static bool
do_state(StateOut *out)
{
    *out = (StateOut){ VIR_DOMAIN_RUNNING, 0 };
    if (script->confirmed)
        *out = (StateOut){ script->c->state_after, VIR_DOMAIN_SHUTOFF_MIGRATED };
    return true;
}

static bool
scripted_ask(MigEnd *end, VerbId verb, const void *in, void *out, GError **err)
{
    const MigrateFinishIn *finish = in;
    const MigrateConfirmIn *confirm = in;
    bool at_dest = end->data != NULL;

    switch (verb) {
    case VERB_migrate_begin: note("begin", false); break;
    case VERB_migrate_prepare: note("prepare", false); break;
    case VERB_migrate_perform: note("perform", false); break;
    case VERB_migrate_finish: note("finish", finish->cancelled); break;
    case VERB_migrate_confirm: note("confirm", confirm->cancelled); break;
    default: break;
    }
    assert_true(at_dest == (verb == VERB_migrate_prepare || verb == VERB_migrate_finish));
    if (verb == script->c->fails)
        return fail_as_told(end, err);

    switch (verb) {
    case VERB_migrate_begin: return do_begin(in, out);
    case VERB_migrate_prepare: return do_prepare(in, out);
    case VERB_migrate_perform: return do_perform(in, out);
    case VERB_migrate_finish: return do_finish(in, out, err);
    case VERB_domain_get_state: return do_state(out);
    default:
        script->confirmed = true;
        if (confirm->cancelled && script->c->confirm_code)
            return verr_set(err, VIR_FROM_QEMU, script->c->confirm_code, "the source has asked");
        script->flags_seen[MIG_CONFIRM] = confirm->flags;
        assert_true((confirm->cookie == NULL) == !!confirm->cancelled || script->c->dead);
        return true;
    }
}

static bool
scripted_alive(MigEnd *end)
{
    return !script->dead[end->data != NULL];
}

static MigFate
scripted_inquire(MigEnd *end, const DomRef *dom)
{
    return script->c->fate;
}

static void
run_case(const RouteCase *c)
{
    Script s = { .c = c, .route = g_string_new(NULL) };
    MigEnd src = { .data = NULL, .name = "a", .ask = scripted_ask, .is_alive = scripted_alive };
    MigEnd dst = { .data = &s, .name = "b", .ask = scripted_ask, .is_alive = scripted_alive,
                   .inquire = scripted_inquire };
    MigRun run = { .src = &src, .dst = &dst, .dom = { .name = (char *)"gm", .id = 3 }, .flags = c->flags,
                   .protect = c->protect, .confirm_always = c->confirm_always };
    g_autoptr(GError) err = NULL;
    bool ok;

    script = &s;
    ok = mig_run(&run, &err);
    if (strcmp(s.route->str, c->route) != 0)
        fail_msg("%s: went %s, not %s", c->name, s.route->str, c->route);
    if (ok != (c->error == 0) || (err && verr_code(err) != c->error))
        fail_msg("%s: %s", c->name, err ? err->message : "no error");
    if (c->words && strcmp(err->message, c->words) != 0)
        fail_msg("%s: says %s", c->name, err->message);
    assert_int_equal(run.result, c->result);
    assert_true(ok == (run.landed.name != NULL));
    for (int i = 0; i < MIG_DONE; i++)
        assert_true(!run.notes[i].asked || run.notes[i].ended >= run.notes[i].started);
    mig_run_clear(&run);
    g_string_free(s.route, TRUE);
}

static void
every_failure_takes_its_route(void **state)
{
    for (guint i = 0; i < G_N_ELEMENTS(cases); i++)
        run_case(&cases[i]);
}

static void
each_side_gets_its_flags(void **state)
{
    const guint32 given = VIR_MIGRATE_LIVE | VIR_MIGRATE_ABORT_ON_ERROR | VIR_MIGRATE_AUTO_CONVERGE;
    MigRun run = { .flags = given, .protect = true };

    assert_int_equal(mig_flags_for_source(&run), given | VIR_MIGRATE_CHANGE_PROTECTION);
    assert_int_equal(mig_flags_for_dest(&run), VIR_MIGRATE_LIVE);
}

static bool
paused_ask(MigEnd *end, VerbId verb, const void *in, void *out, GError **err)
{
    if (verb != VERB_domain_get_state)
        return scripted_ask(end, verb, in, out, err);
    ((StateOut *)out)->state = VIR_DOMAIN_PAUSED;
    return true;
}

static void
a_paused_guest_stays_paused(void **state)
{
    static const RouteCase c = { "paused", VIR_MIGRATE_LIVE, .protect = true, .fails = VERB_LAST };
    Script s = { .c = &c, .route = g_string_new(NULL) };
    MigEnd src = { .name = "a", .ask = paused_ask }, dst = { .data = &s, .name = "b", .ask = scripted_ask };
    MigRun run = { .src = &src, .dst = &dst, .dom = { .name = (char *)"gm" }, .flags = c.flags, .protect = true };

    script = &s;
    assert_true(mig_run(&run, NULL));
    assert_int_equal(s.flags_seen[MIG_BEGIN], VIR_MIGRATE_LIVE | VIR_MIGRATE_CHANGE_PROTECTION);
    assert_int_equal(s.flags_seen[MIG_PREPARE], VIR_MIGRATE_LIVE | VIR_MIGRATE_PAUSED);
    assert_int_equal(s.flags_seen[MIG_FINISH], VIR_MIGRATE_LIVE | VIR_MIGRATE_PAUSED);
    assert_int_equal(s.flags_seen[MIG_CONFIRM],
                     VIR_MIGRATE_LIVE | VIR_MIGRATE_PAUSED | VIR_MIGRATE_CHANGE_PROTECTION);
    mig_run_clear(&run);
    g_string_free(s.route, TRUE);
}

/* Features: a bit per VIR_DRV_FEATURE number. */
static bool
feature_ask(MigEnd *end, VerbId verb, const void *in, void *out, GError **err)
{
    guint32 has = GPOINTER_TO_UINT(end->data);

    assert_int_equal(verb, VERB_connect_supports_feature);
    ((I32Out *)out)->value = (has >> ((const FeatureIn *)in)->feature) & 1;
    return true;
}

static void
dialects_follow_both_hosts(void **state)
{
#define P (1u << MIG_FEATURE_PARAMS)
#define V (1u << MIG_FEATURE_V3)
#define C (1u << MIG_FEATURE_PROTECTION)
#define O (1u << MIG_FEATURE_OFFLINE)
    static const struct {
        guint32 src, dst, flags;
        bool old, connections;
        int error;
        MigDialectId dialect;
        bool protect;
    } rows[] = {
        { P | V | C, P | V | C, 0, .dialect = DIALECT_V3_PARAMS, .protect = true },
        { P | V, P | V, 0, .dialect = DIALECT_V3_PARAMS },
        { P | V | C, V, 0, .dialect = DIALECT_V3, .protect = true },
        { V | C, P | V, 0, .dialect = DIALECT_V3, .protect = true },
        { P | V | C, P | V, 0, .old = true, .dialect = DIALECT_V3, .protect = true },
        { P | V | C, V, 0, .connections = true, .error = VIR_ERR_ARGUMENT_UNSUPPORTED },
        { P, 0, 0, .error = VIR_ERR_NO_SUPPORT },
        { P | V, P | V, VIR_MIGRATE_CHANGE_PROTECTION, .error = VIR_ERR_ARGUMENT_UNSUPPORTED },
        { P | V | O, P | V, VIR_MIGRATE_OFFLINE, .error = VIR_ERR_ARGUMENT_UNSUPPORTED },
        { P | V | O, P | V | O, VIR_MIGRATE_OFFLINE, .dialect = DIALECT_V3_PARAMS },
    };

    for (guint i = 0; i < G_N_ELEMENTS(rows); i++) {
        virTypedParameter param = { VIR_MIGRATE_PARAM_PARALLEL_CONNECTIONS, VIR_TYPED_PARAM_INT, .value.i = 2 };
        MigEnd src = { .data = GUINT_TO_POINTER(rows[i].src), .ask = feature_ask };
        MigEnd dst = { .data = GUINT_TO_POINTER(rows[i].dst), .ask = feature_ask };
        MigRun run = { .src = &src, .dst = &dst, .flags = rows[i].flags,
                       .params = { &param, rows[i].connections ? 1 : 0 } };
        g_autoptr(GError) err = NULL;
        bool ok = mig_dialect_pick(&run, rows[i].old, &err);

        if (ok != (rows[i].error == 0))
            fail_msg("row %u: %s", i, err ? err->message : "accepted");
        if (!ok) {
            assert_int_equal(verr_code(err), rows[i].error);
            continue;
        }
        assert_int_equal(run.dialect, rows[i].dialect);
        assert_int_equal(run.protect, rows[i].protect);
    }
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_failure_takes_its_route),
        cmocka_unit_test(each_side_gets_its_flags),
        cmocka_unit_test(a_paused_guest_stays_paused),
        cmocka_unit_test(dialects_follow_both_hosts),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
