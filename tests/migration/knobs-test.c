/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The knob table and the rules beside it: a wrong row sends a guest with settings that nobody asked for. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>
#undef fail

#include "migration/knobs-check.h"
#include "model/params.h"
#include "util/err.h"

#undef fail /* ours; cmocka's fail_msg() needs its own */
#define fail() _fail(__FILE__, __LINE__)

static void
rows_are_sane(void **state)
{
    g_autoptr(GHashTable) names = g_hash_table_new(g_str_hash, g_str_equal);
    g_autoptr(GHashTable) options = g_hash_table_new(g_str_hash, g_str_equal);
    guint32 flags = 0;

    for (guint i = 0; i < mig_knobs_n; i++) {
        const MigKnob *k = &mig_knobs[i];

        assert_true(!k->name == !!k->flag);
        assert_true((k->kind == KNOB_FLAG) == !!k->flag);
        assert_true(!k->flag || (k->flag_name && !(flags & k->flag)));
        assert_true(!k->name || g_hash_table_add(names, (gpointer)k->name));
        assert_true(!k->cli || g_hash_table_add(options, (gpointer)k->cli));
        assert_true(k->help && k->help[0] && k->since && k->side);
        assert_true(!k->cap || (mig_cap_index(k->cap) >= 0 && k->qemu_side));
        assert_true(!k->par || k->qemu_side);
        assert_true(!(k->only_with || k->only_comp) || k->unless_on);
        assert_true(k->min <= k->max);
        flags |= k->flag;
        assert_ptr_equal(k->name ? mig_knob_by_name(k->name) : mig_knob_by_flag(k->flag), k);
    }
    assert_int_equal(flags, 2097151);
    assert_int_equal(mig_knobs_all_flags(), flags);
    assert_int_equal(mig_knobs_source_flags(),
                     VIR_MIGRATE_CHANGE_PROTECTION | VIR_MIGRATE_ABORT_ON_ERROR | VIR_MIGRATE_AUTO_CONVERGE);
}

static void
qemu_parameters_are_listed(void **state)
{
    for (guint i = 0; i < mig_knobs_n; i++) {
        bool found = mig_knobs[i].par == NULL;

        for (guint k = 0; k < mig_qemu_params_n && !found; k++)
            found = strcmp(mig_qemu_params[k].name, mig_knobs[i].par) == 0 &&
                    mig_qemu_params[k].kind == mig_knobs[i].kind;
        if (!found)
            fail_msg("%s", mig_knobs[i].par);
    }
}

typedef struct { const char *name; int type; const char *value; } Given;

#define INT(n, v) { VIR_MIGRATE_PARAM_##n, VIR_TYPED_PARAM_INT, v }
#define ULL(n, v) { VIR_MIGRATE_PARAM_##n, VIR_TYPED_PARAM_ULLONG, v }
#define STR(n, v) { VIR_MIGRATE_PARAM_##n, VIR_TYPED_PARAM_STRING, v }
#define LIVE VIR_MIGRATE_LIVE

typedef struct {
    guint32     flags;
    Given       given[4];
    KnobsAt     at;
    int         from, code; /* code 0: accepted */
    const char *text;       /* complete message or the telling part */
} CheckCase;

static const CheckCase checks[] = {
    { LIVE, .at = KNOBS_AT_SOURCE },
    { LIVE | VIR_MIGRATE_PARALLEL, { INT(PARALLEL_CONNECTIONS, "4") }, KNOBS_AT_SOURCE },
    { LIVE, { ULL(BANDWIDTH, "1152921504606846976") }, KNOBS_AT_SOURCE },
    { LIVE, { STR(MIGRATE_DISKS, "vda"), STR(MIGRATE_DISKS, "vdb") }, KNOBS_AT_SOURCE },
    { LIVE, { STR(TLS_DESTINATION, "a"), STR(GRAPHICS_URI, "bad uri") }, KNOBS_AT_SOURCE },
    { LIVE | VIR_MIGRATE_COMPRESSED, .at = KNOBS_AT_DEST },
    { LIVE, { STR(COMPRESSION, "xbzrle"), ULL(COMPRESSION_XBZRLE_CACHE, "67108864") }, KNOBS_AT_SOURCE },
    { LIVE | VIR_MIGRATE_PARALLEL, { STR(COMPRESSION, "zstd"), INT(COMPRESSION_ZSTD_LEVEL, "3") }, KNOBS_AT_SOURCE },
    /* the destination is not told AUTO_CONVERGE but still gets its parameters */
    { LIVE, { INT(AUTO_CONVERGE_INITIAL, "20") }, KNOBS_AT_DEST },

    { 1u << 30, .at = KNOBS_AT_SOURCE, .from = -1, .code = VIR_ERR_INVALID_ARG, .text = "unsupported flags" },
    { LIVE, { { "bogus", VIR_TYPED_PARAM_INT, "1" } }, KNOBS_AT_SOURCE, VIR_FROM_NONE, VIR_ERR_ARGUMENT_UNSUPPORTED,
      "argument unsupported: parameter 'bogus' not supported" },
    { LIVE, { { "bandwidth", VIR_TYPED_PARAM_STRING, "x" } }, KNOBS_AT_SOURCE, -1, VIR_ERR_INVALID_ARG, "bandwidth" },
    { LIVE, { ULL(BANDWIDTH, "1"), ULL(BANDWIDTH, "2") }, KNOBS_AT_SOURCE, -1, VIR_ERR_INVALID_ARG, "bandwidth" },
    { LIVE, { INT(PARALLEL_CONNECTIONS, "2") }, KNOBS_AT_SOURCE, VIR_FROM_QEMU, VIR_ERR_INVALID_ARG,
      "invalid argument: Turn parallel migration on to tune it" },
    { LIVE, { INT(AUTO_CONVERGE_INITIAL, "20") }, KNOBS_AT_SOURCE, VIR_FROM_QEMU, VIR_ERR_INVALID_ARG,
      "invalid argument: Turn auto convergence on to tune it" },
    { LIVE, { STR(COMPRESSION, "mt"), ULL(COMPRESSION_XBZRLE_CACHE, "67108864") }, KNOBS_AT_SOURCE, VIR_FROM_QEMU,
      VIR_ERR_INVALID_ARG, "invalid argument: Turn xbzrle compression on to tune it" },
    { LIVE | VIR_MIGRATE_COMPRESSED, { ULL(COMPRESSION_XBZRLE_CACHE, "4096") }, KNOBS_AT_SOURCE, VIR_FROM_QEMU,
      VIR_ERR_INVALID_ARG, "Turn xbzrle compression on to tune it" },
    { LIVE, { INT(COMPRESSION_MT_LEVEL, "5") }, KNOBS_AT_SOURCE, VIR_FROM_QEMU, VIR_ERR_INVALID_ARG,
      "Turn multithread compression on to tune it" },
    { LIVE, { STR(COMPRESSION, "bogus") }, KNOBS_AT_SOURCE, VIR_FROM_QEMU, VIR_ERR_INVALID_ARG,
      "invalid argument: Unsupported compression method 'bogus'" },
    { LIVE, { STR(COMPRESSION, "mt"), STR(COMPRESSION, "mt") }, KNOBS_AT_SOURCE, VIR_FROM_QEMU, VIR_ERR_INVALID_ARG,
      "Compression method 'mt' is specified twice" },
    { LIVE, { STR(COMPRESSION, "zlib") }, KNOBS_AT_SOURCE, VIR_FROM_QEMU, VIR_ERR_INVALID_ARG, "parallel" },
    { LIVE | VIR_MIGRATE_PARALLEL, { INT(PARALLEL_CONNECTIONS, "0") }, KNOBS_AT_SOURCE, VIR_FROM_QEMU,
      VIR_ERR_INVALID_ARG, "'parallel.connections' is 0" },
    { LIVE | VIR_MIGRATE_PARALLEL, { INT(PARALLEL_CONNECTIONS, "256") }, KNOBS_AT_DEST, VIR_FROM_QEMU,
      VIR_ERR_INVALID_ARG, "from 1 to 255" },
    { LIVE | VIR_MIGRATE_AUTO_CONVERGE, { INT(AUTO_CONVERGE_INITIAL, "200") }, KNOBS_AT_SOURCE, VIR_FROM_QEMU,
      VIR_ERR_INVALID_ARG, "from 1 to 99" },
    { LIVE, { ULL(BANDWIDTH_POSTCOPY, "9223372036854775808") }, KNOBS_AT_SOURCE, VIR_FROM_QEMU, VIR_ERR_OVERFLOW,
      "numerical overflow: migration parameter 'bandwidth.postcopy' must be less than 17592186044416" },
    { LIVE, { STR(COMPRESSION, "xbzrle"), ULL(COMPRESSION_XBZRLE_CACHE, "3") }, KNOBS_AT_SOURCE, VIR_FROM_QEMU,
      VIR_ERR_INVALID_ARG, "power of two" },
    { LIVE, { INT(DISKS_PORT, "4000"), STR(DISKS_URI, "tcp://1.2.3.4:4000") }, KNOBS_AT_SOURCE, VIR_FROM_QEMU,
      VIR_ERR_INVALID_ARG, "Both port and URI requested" },

    { LIVE | VIR_MIGRATE_TUNNELLED | VIR_MIGRATE_PARALLEL, .at = KNOBS_AT_CLIENT, .from = VIR_FROM_DOMAIN,
      .code = VIR_ERR_INVALID_ARG,
      .text = "Flags 'VIR_MIGRATE_TUNNELLED' and 'VIR_MIGRATE_PARALLEL' are mutually exclusive" },
    { LIVE | VIR_MIGRATE_NON_SHARED_SYNCHRONOUS_WRITES, .at = KNOBS_AT_CLIENT, .from = VIR_FROM_DOMAIN,
      .code = VIR_ERR_INVALID_ARG,
      .text = "Flag 'VIR_MIGRATE_NON_SHARED_DISK | VIR_MIGRATE_NON_SHARED_INC' is required by flag "
              "'VIR_MIGRATE_NON_SHARED_SYNCHRONOUS_WRITES'" },
    { LIVE | VIR_MIGRATE_ZEROCOPY, .at = KNOBS_AT_SOURCE, .from = VIR_FROM_QEMU, .code = VIR_ERR_OPERATION_INVALID,
      .text = "Requested operation is not valid: zero-copy is only available for parallel migration" },
    { LIVE | VIR_MIGRATE_POSTCOPY | VIR_MIGRATE_TUNNELLED, .at = KNOBS_AT_SOURCE, .from = VIR_FROM_QEMU,
      .code = VIR_ERR_ARGUMENT_UNSUPPORTED,
      .text = "argument unsupported: post-copy is not supported with tunnelled migration" },
    { VIR_MIGRATE_POSTCOPY, .at = KNOBS_AT_SOURCE, .from = VIR_FROM_QEMU, .code = VIR_ERR_ARGUMENT_UNSUPPORTED,
      .text = "argument unsupported: post-copy migration is not supported with non-live or paused migration" },
    { LIVE | VIR_MIGRATE_POSTCOPY_RESUME, .at = KNOBS_AT_SOURCE, .from = VIR_FROM_QEMU,
      .code = VIR_ERR_ARGUMENT_UNSUPPORTED,
      .text = "argument unsupported: resuming failed post-copy migration requires post-copy to be enabled" },
    { VIR_MIGRATE_OFFLINE, .at = KNOBS_AT_SOURCE, .from = VIR_FROM_QEMU, .code = VIR_ERR_OPERATION_INVALID,
      .text = "Requested operation is not valid: offline migration must be specified with the persistent flag set" },
    { VIR_MIGRATE_OFFLINE | VIR_MIGRATE_PERSIST_DEST | VIR_MIGRATE_NON_SHARED_DISK, .at = KNOBS_AT_SOURCE,
      .from = VIR_FROM_QEMU, .code = VIR_ERR_OPERATION_INVALID,
      .text = "Requested operation is not valid: offline migration cannot handle non-shared storage" },
    /* known, but not yet of this driver */
    { LIVE | VIR_MIGRATE_PARALLEL | VIR_MIGRATE_ZEROCOPY, .at = KNOBS_AT_SOURCE, .from = VIR_FROM_QEMU,
      .code = VIR_ERR_ARGUMENT_UNSUPPORTED, .text = "'VIR_MIGRATE_ZEROCOPY' is not supported" },
    { LIVE, { STR(MIGRATE_DISKS_DETECT_ZEROES, "vda") }, KNOBS_AT_SOURCE, VIR_FROM_NONE, VIR_ERR_ARGUMENT_UNSUPPORTED,
      "argument unsupported: parameter 'migrate_disks_detect_zeroes' not supported" },
};

static void
fill(Params *params, const Given *given)
{
    for (int i = 0; i < 4 && given[i].name; i++) {
        virTypedParameter param = { 0 };

        assert_true(param_set_name(&param, given[i].name, NULL));
        assert_true(param_set_from_text(&param, given[i].type, given[i].value, NULL));
        params_add_copy(params, &param);
        param_clear(&param);
    }
}

static void
bad_settings_are_refused_in_libvirts_words(void **state)
{
    for (guint i = 0; i < G_N_ELEMENTS(checks); i++) {
        const CheckCase *c = &checks[i];
        Params params = { 0 };
        g_autoptr(GError) err = NULL;
        g_autofree char *text = NULL;
        bool ok;

        fill(&params, c->given);
        ok = mig_knobs_check(&params, c->flags, c->at, &err);
        text = err ? verr_text(err) : g_strdup("accepted");
        if (ok != (c->code == 0) || (!ok && (verr_code(err) != c->code || !strstr(text, c->text) ||
                                             (c->from >= 0 && verr_from(err) != c->from))))
            fail_msg("row %u (%s): %s", i, c->text ? c->text : "accepted", text);
        params_clear(&params);
    }
}

static char *
describe(const Params *p, guint32 flags, KnobSide side)
{
    GString *out = g_string_new(NULL);
    MigQemuValue values[MIG_QEMU_VALUES_MAX];
    guint32 caps = mig_caps_wanted(p->v, p->n, flags, side);
    guint n = mig_qemu_values(p->v, p->n, flags, side, values);

    for (guint i = 0; i < mig_caps_n; i++) {
        if (caps & (1u << i))
            g_string_append_printf(out, "%s ", mig_caps[i].name);
    }
    for (guint i = 0; i < n; i++) {
        if (values[i].text)
            g_string_append_printf(out, "%s=%s ", values[i].param->name, values[i].text);
        else
            g_string_append_printf(out, "%s=%" G_GUINT64_FORMAT " ", values[i].param->name, values[i].number);
    }
    return g_strchomp(g_string_free(out, FALSE));
}

static void
settings_reach_each_qemu(void **state)
{
    static const struct { guint32 flags; Given given[4]; const char *source, *dest; } rows[] = {
        { LIVE, .source = "pause-before-switchover return-path", .dest = "late-block-activate return-path" },
        { LIVE | VIR_MIGRATE_TUNNELLED, .source = "pause-before-switchover", .dest = "late-block-activate" },
        { LIVE | VIR_MIGRATE_AUTO_CONVERGE, { INT(AUTO_CONVERGE_INCREMENT, "7"), INT(AUTO_CONVERGE_INITIAL, "30") },
          "auto-converge pause-before-switchover return-path cpu-throttle-initial=30 cpu-throttle-increment=7",
          "late-block-activate return-path" },
        { LIVE | VIR_MIGRATE_PARALLEL, { INT(PARALLEL_CONNECTIONS, "4"), STR(COMPRESSION, "zlib") },
          "pause-before-switchover multifd return-path multifd-channels=4 multifd-compression=zlib",
          "late-block-activate multifd return-path multifd-channels=4 multifd-compression=zlib" },
        { LIVE | VIR_MIGRATE_COMPRESSED, .source = "xbzrle pause-before-switchover return-path",
          .dest = "xbzrle late-block-activate return-path" },
        { LIVE | VIR_MIGRATE_COMPRESSED, { STR(COMPRESSION, "mt"), INT(COMPRESSION_MT_DTHREADS, "3") },
          "compress pause-before-switchover return-path",
          "compress late-block-activate return-path decompress-threads=3" },
        { LIVE, { ULL(BANDWIDTH, "60") }, "pause-before-switchover return-path max-bandwidth=62914560",
          "late-block-activate return-path" },
        { LIVE, { ULL(BANDWIDTH, "0") }, "pause-before-switchover return-path", "late-block-activate return-path" },
        { LIVE, { ULL(BANDWIDTH, "1152921504606846976") },
          "pause-before-switchover return-path max-bandwidth=9223372036853727232", "late-block-activate return-path" },
    };

    for (guint i = 0; i < G_N_ELEMENTS(rows); i++) {
        Params params = { 0 };

        fill(&params, rows[i].given);
        g_autofree char *source = describe(&params, rows[i].flags, KNOB_SOURCE);
        g_autofree char *dest = describe(&params, rows[i].flags, KNOB_DEST);

        assert_string_equal(source, rows[i].source);
        assert_string_equal(dest, rows[i].dest);
        params_clear(&params);
    }
}

static void
old_arguments_and_parameters_say_the_same(void **state)
{
    const MigOldArgs all = { "tcp:b", "new", "<domain/>", 30 };
    MigOldArgs back = { 0 };
    Params params = { 0 }, none = { 0 };
    g_autoptr(GError) err = NULL;

    mig_args_to_params(&all, &params);
    assert_int_equal(params.n, 4);
    assert_true(mig_params_to_args(&params, &back, NULL));
    assert_string_equal(back.uri, all.uri);
    assert_string_equal(back.dname, all.dname);
    assert_string_equal(back.dxml, all.dxml);
    assert_int_equal(back.bandwidth, 30);

    params_add_int(&params, VIR_MIGRATE_PARAM_PARALLEL_CONNECTIONS, 2);
    assert_false(mig_params_to_args(&params, &back, &err));
    assert_int_equal(verr_code(err), VIR_ERR_ARGUMENT_UNSUPPORTED);
    params_clear(&params);

    mig_args_to_params(&(MigOldArgs){ 0 }, &none);
    assert_int_equal(none.n, 0);
    params_clear(&none);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(rows_are_sane),
        cmocka_unit_test(qemu_parameters_are_listed),
        cmocka_unit_test(bad_settings_are_refused_in_libvirts_words),
        cmocka_unit_test(settings_reach_each_qemu),
        cmocka_unit_test(old_arguments_and_parameters_say_the_same),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
