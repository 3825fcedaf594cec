/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What QEMU is told about a migration, and what a user is told when this QEMU cannot do what was asked. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <string.h>
#undef fail

#include "model/params.h"
#include "qemu/migrate-priv.h"
#include "util/json.h"

typedef struct {
    const char *what;
    guint32     flags;
    KnobSide    side;
    struct { const char *name; int type; guint64 number; const char *text; } params[3];
    const char *caps;   /* on */
    const char *values; /* migrate-set-parameters; NULL: none */
} KnobCase;

#define I(n, v) { n, VIR_TYPED_PARAM_INT, v, NULL }
#define U(n, v) { n, VIR_TYPED_PARAM_ULLONG, v, NULL }
#define S(n, v) { n, VIR_TYPED_PARAM_STRING, 0, v }

static const KnobCase cases[] = {
    { "plain source", 0, KNOB_SOURCE, { { 0 } }, "events pause-before-switchover return-path", NULL },
    { "plain destination", 0, KNOB_DEST, { { 0 } }, "events late-block-activate return-path", NULL },
    { "auto-converge", VIR_MIGRATE_AUTO_CONVERGE, KNOB_SOURCE,
      { I(VIR_MIGRATE_PARAM_AUTO_CONVERGE_INITIAL, 30), I(VIR_MIGRATE_PARAM_AUTO_CONVERGE_INCREMENT, 15) },
      "events auto-converge pause-before-switchover return-path",
      "{\"cpu-throttle-initial\":30,\"cpu-throttle-increment\":15}" },
    { "compressed", VIR_MIGRATE_COMPRESSED, KNOB_DEST, { { 0 } }, "events xbzrle late-block-activate return-path", NULL },
    { "parallel", VIR_MIGRATE_PARALLEL, KNOB_DEST,
      { I(VIR_MIGRATE_PARAM_PARALLEL_CONNECTIONS, 4), S(VIR_MIGRATE_PARAM_COMPRESSION, "zstd"),
        I(VIR_MIGRATE_PARAM_COMPRESSION_ZSTD_LEVEL, 5) },
      "events late-block-activate multifd return-path",
      "{\"multifd-channels\":4,\"multifd-compression\":\"zstd\",\"multifd-zstd-level\":5}" },
    { "bandwidth", 0, KNOB_SOURCE, { U(VIR_MIGRATE_PARAM_BANDWIDTH, 60) },
      "events pause-before-switchover return-path", "{\"max-bandwidth\":62914560}" },
};

static char *
names_on(JsonObject *args)
{
    JsonArray *list = json_get_array(args, "capabilities");
    GString   *on = g_string_new(NULL);

    for (guint i = 0; i < json_array_size(list); i++) {
        JsonObject *cap = json_array_object(list, i);

        if (json_bool_or(cap, "state", false))
            g_string_append_printf(on, "%s%s", on->len ? " " : "", json_get_string(cap, "capability"));
    }
    return g_string_free(on, FALSE);
}

static void
rows_reach_qemu(void **state)
{
    const guint32 all = (1u << mig_caps_n) - 1;

    for (gsize i = 0; i < G_N_ELEMENTS(cases); i++) {
        const KnobCase  *c = &cases[i];
        Params           params = { 0 };
        JsonObject      *caps, *values;
        g_autofree char *on = NULL, *text = NULL;

        for (gsize k = 0; k < G_N_ELEMENTS(c->params) && c->params[k].name; k++) {
            if (c->params[k].type == VIR_TYPED_PARAM_INT)
                params_add_int(&params, c->params[k].name, (int)c->params[k].number);
            else if (c->params[k].type == VIR_TYPED_PARAM_ULLONG)
                params_add_ullong(&params, c->params[k].name, c->params[k].number);
            else
                params_add_string(&params, c->params[k].name, c->params[k].text);
        }
        caps = qmig_caps_args(mig_caps_wanted(params.v, params.n, c->flags, c->side), all);
        values = qmig_params_args(&params, c->flags, c->side);
        on = names_on(caps);
        text = values ? json_object_text(values) : NULL;
        assert_string_equal(on, c->caps);
        assert_int_equal(g_strcmp0(text, c->values), 0);
        json_object_unref(caps);
        g_clear_pointer(&values, json_object_unref);
        params_clear(&params);
    }
}

static void
a_lacking_capability_is_refused_by_option(void **state)
{
    const guint32     all = (1u << mig_caps_n) - 1;
    guint32           wanted = mig_caps_wanted(NULL, 0, VIR_MIGRATE_PARALLEL, KNOB_SOURCE);
    g_autoptr(GError) option = NULL, always = NULL;

    assert_true(qmig_check_caps(wanted, all, "this QEMU", NULL));
    assert_false(qmig_check_caps(wanted, all & ~(1u << mig_cap_index("multifd")), "this QEMU", &option));
    assert_int_equal(verr_code(option), VIR_ERR_ARGUMENT_UNSUPPORTED);
    assert_non_null(strstr(option->message, "'parallel'"));
    assert_non_null(strstr(option->message, "this QEMU lacks the capability 'multifd'"));
    /* What nobody asked for is needed all the same: without the pause, nobody could ask the destination. */
    assert_false(qmig_check_caps(wanted, all & ~(1u << mig_cap_index("pause-before-switchover")), "this QEMU", &always));
    assert_non_null(strstr(always->message, "'pause-before-switchover'"));
}

static void
a_lacking_parameter_is_refused_by_name(void **state)
{
    JsonObject       *wanted = json_make("i:multifd-channels", 4, NULL);
    JsonObject       *offered = json_make("i:max-bandwidth", 4, NULL);
    g_autoptr(GError) err = NULL;

    assert_false(qmig_check_params(wanted, offered, "this QEMU", &err));
    assert_non_null(strstr(err->message, "'multifd-channels'"));
    assert_true(qmig_check_params(NULL, offered, "this QEMU", NULL));
    json_object_unref(wanted);
    json_object_unref(offered);
}

static void
qemu_s_words_are_known(void **state)
{
    static const char *const words[] = { "none", "setup", "active", "pre-switchover", "device", "completed", "failed",
                                         "cancelling", "cancelled" };

    for (gsize i = 0; i < G_N_ELEMENTS(words); i++)
        assert_int_equal(qmig_status_parse(words[i]), i);
    assert_int_equal(qmig_status_parse("colo"), QMIG_STATUS_LAST);
    assert_int_equal(qmig_status_parse(NULL), QMIG_STATUS_LAST);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(rows_reach_qemu),
        cmocka_unit_test(a_lacking_capability_is_refused_by_option),
        cmocka_unit_test(a_lacking_parameter_is_refused_by_name),
        cmocka_unit_test(qemu_s_words_are_known),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
