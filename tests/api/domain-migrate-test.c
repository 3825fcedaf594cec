/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* virDomainMigrate*: what is refused before any host is asked, in libvirt's words, and what reaches the hosts. */
#include <godwit/godwit.h>

#include "api-test.h"
#undef fail /* util/err.h has its own */
#include "model/params.h"
#include "util/err.h"

/* Two hosts: the source takes source:///, the destination dest:///. */
static Driver  source, dest;
static guint32 features; /* bit per VIR_DRV_FEATURE number, of both */
static GString *asked;
static bool    finish_breaks; /* the destination starts the guest, and its answer is lost */
static bool    dest_broken, dest_runs;

static bool
open_source(VirConn *conn, const ConnOpenIn *in, bool *ret_declined, GError **err)
{
    *ret_declined = !g_str_has_prefix(in->uri, "source:");
    return !*ret_declined;
}

static bool
open_dest(VirConn *conn, const ConnOpenIn *in, bool *ret_declined, GError **err)
{
    *ret_declined = !g_str_has_prefix(in->uri, "dest:");
    dest_broken = false;
    return !*ret_declined;
}

static bool
dest_alive(VirConn *conn)
{
    return !dest_broken;
}

static bool
supports(VirConn *conn, const FeatureIn *in, I32Out *out, GError **err)
{
    out->value = (features >> in->feature) & 1;
    return true;
}

static bool
look_up(VirConn *conn, const TextIn *in, DomOut *out, GError **err)
{
    DomRef ref = fake_ref_run();

    dom_ref_copy(&ref, &out->dom);
    return true;
}

static bool
look_up_there(VirConn *conn, const UuidIn *in, DomOut *out, GError **err)
{
    DomRef ref = fake_ref_run();

    if (!dest_runs)
        return verr_set(err, VIR_FROM_QEMU, VIR_ERR_NO_DOMAIN, "none");
    dom_ref_copy(&ref, &out->dom);
    return true;
}

static bool
running(VirConn *conn, const DomainIn *in, StateOut *out, GError **err)
{
    out->state = VIR_DOMAIN_RUNNING;
    return true;
}

static bool
info(VirConn *conn, const DomainIn *in, DomainInfoOut *out, GError **err)
{
    out->state = VIR_DOMAIN_RUNNING;
    return true;
}

static bool
begin(VirConn *conn, const MigrateBeginIn *in, MigrateBeginOut *out, GError **err)
{
    g_string_append_printf(asked, "begin(0x%x,%d,%s) ", in->flags, in->params.n,
                           in->dialect == DIALECT_V3 ? "v3" : "params");
    out->xml = g_strdup("<domain/>");
    return true;
}

static bool
prepare(VirConn *conn, const MigratePrepareIn *in, MigratePrepareOut *out, GError **err)
{
    g_string_append_printf(asked, "prepare(0x%x) ", in->flags);
    out->uri = g_strdup("tcp:b:1");
    return true;
}

static bool
perform(VirConn *conn, const MigratePerformIn *in, MigratePerformOut *out, GError **err)
{
    g_string_append_printf(asked, "perform(%s) ", in->dconnuri ? in->dconnuri : "");
    return true;
}

static bool
finish(VirConn *conn, const MigrateFinishIn *in, MigrateFinishOut *out, GError **err)
{
    DomRef ref = fake_ref_run();
    virTypedParameterPtr dname = params_find(&in->params, VIR_MIGRATE_PARAM_DEST_NAME);

    g_string_append_printf(asked, "finish(%d) ", in->cancelled);
    if (finish_breaks) {
        dest_broken = true;
        return verr_set(err, VIR_FROM_RPC, VIR_ERR_INTERNAL_ERROR, "client socket is closed");
    }
    dom_ref_copy(&ref, &out->dom);
    g_free(out->dom.name);
    out->dom.name = g_strdup(dname->value.s);
    return true;
}

static bool
confirm(VirConn *conn, const MigrateConfirmIn *in, NoneOut *out, GError **err)
{
    g_string_append_printf(asked, "confirm(%d) ", in->cancelled);
    return true;
}

static int
two_hosts(void **state)
{
    fresh(state);
    source = dest = (Driver){ .connect_supports_feature = supports, .domain_get_state = running };
    source.name = "source";
    source.open = open_source;
    source.domain_lookup_by_name = look_up;
    source.domain_get_info = info;
    source.migrate_begin = begin;
    source.migrate_perform = perform;
    source.migrate_confirm = confirm;
    dest.name = "dest";
    dest.open = open_dest;
    dest.is_alive = dest_alive;
    dest.domain_lookup_by_uuid = look_up_there;
    dest.migrate_prepare = prepare;
    dest.migrate_finish = finish;
    api_register_driver(&source);
    api_register_driver(&dest);
    features = 1u << 6 | 1u << 7 | 1u << 12 | 1u << 13;
    asked = g_string_new(NULL);
    finish_breaks = dest_broken = dest_runs = false;
    return 0;
}

static int
leave(void **state)
{
    g_string_free(asked, TRUE);
    return 0;
}

typedef struct {
    virConnectPtr sconn, dconn;
    virDomainPtr  dom;
} Hosts;

static Hosts
open_hosts(void)
{
    Hosts h = { virConnectOpen("source:///a"), virConnectOpen("dest:///b"), NULL };

    h.dom = virDomainLookupByName(h.sconn, "run");
    assert_non_null(h.dom);
    assert_non_null(h.dconn);
    return h;
}

static void
close_hosts(Hosts *h)
{
    virDomainFree(h->dom);
    virConnectClose(h->sconn);
    virConnectClose(h->dconn);
}

static void
the_domain_comes_back_from_the_destination(void **state)
{
    Hosts h = open_hosts();
    virTypedParameter name = { VIR_MIGRATE_PARAM_DEST_NAME, VIR_TYPED_PARAM_STRING, .value.s = (char *)"new" };
    virDomainPtr there = virDomainMigrate3(h.dom, h.dconn, &name, 1, VIR_MIGRATE_LIVE | VIR_MIGRATE_AUTO_CONVERGE);
    godwitMigratePhase phases[5];

    assert_non_null(there);
    assert_string_equal(virDomainGetName(there), "new");
    assert_ptr_equal(virDomainGetConnect(there), h.dconn);
    assert_string_equal(asked->str, "begin(0x2101,1,params) prepare(0x1) perform() finish(0) confirm(0) ");
    assert_int_equal(godwitMigrateLastResult(), GODWIT_MIGRATE_ARRIVED);
    assert_int_equal(godwitMigrateLastPhases(phases, 5), 5);
    assert_string_equal(phases[4].name, "confirm");
    assert_int_equal(phases[4].state, GODWIT_PHASE_DONE);
    virDomainFree(there);
    close_hosts(&h);
}

static void
the_older_calls_speak_without_parameters(void **state)
{
    Hosts h = open_hosts();
    virDomainPtr there = virDomainMigrate(h.dom, h.dconn, VIR_MIGRATE_LIVE, "new", NULL, 30);

    assert_non_null(there);
    assert_true(g_str_has_prefix(asked->str, "begin(0x101,2,v3) "));
    virDomainFree(there);
    close_hosts(&h);
}

typedef enum { BY_3, BY_1, BY_URI3 } Call;

static const struct {
    Call        call;
    unsigned    flags;
    const char *uri;
    unsigned    features; /* added */
    int         code;
    const char *text;
} refusals[] = {
    { BY_3, VIR_MIGRATE_PEER2PEER, NULL, 0, VIR_ERR_INVALID_ARG,
      "use virDomainMigrateToURI3 for peer-to-peer migration" },
    { BY_3, VIR_MIGRATE_TUNNELLED, NULL, 0, VIR_ERR_INVALID_ARG,
      "cannot perform tunnelled migration without using peer2peer flag" },
    { BY_1, VIR_MIGRATE_TUNNELLED, NULL, 0, VIR_ERR_OPERATION_INVALID,
      "Requested operation is not valid: cannot perform tunnelled migration without using peer2peer flag" },
    { BY_3, VIR_MIGRATE_NON_SHARED_DISK | VIR_MIGRATE_NON_SHARED_INC, NULL, 0, VIR_ERR_INVALID_ARG,
      "Flags 'VIR_MIGRATE_NON_SHARED_DISK' and 'VIR_MIGRATE_NON_SHARED_INC' are mutually exclusive" },
    { BY_URI3, VIR_MIGRATE_PEER2PEER | VIR_MIGRATE_TUNNELLED | VIR_MIGRATE_PARALLEL, "dest://b/", 0,
      VIR_ERR_INVALID_ARG, "Flags 'VIR_MIGRATE_TUNNELLED' and 'VIR_MIGRATE_PARALLEL' are mutually exclusive" },
    { BY_URI3, 0, "dest://b/", 0, VIR_ERR_ARGUMENT_UNSUPPORTED,
      "argument unsupported: direct migration is not supported by the source host" },
    { BY_URI3, VIR_MIGRATE_TUNNELLED, "dest://b/", 0, VIR_ERR_ARGUMENT_UNSUPPORTED,
      "argument unsupported: direct migration is not supported by the source host" },
    { BY_URI3, VIR_MIGRATE_PEER2PEER, "dest://b/", 0, VIR_ERR_ARGUMENT_UNSUPPORTED,
      "argument unsupported: p2p migration is not supported by the source host" },
    { BY_URI3, VIR_MIGRATE_PEER2PEER, "qemu:///system", 1u << 4, VIR_ERR_INVALID_ARG,
      "Attempt to migrate guest to the same host" },
    { BY_URI3, VIR_MIGRATE_PEER2PEER, "qemu+tcp://localhost/system", 1u << 4, VIR_ERR_INVALID_ARG,
      "Attempt to migrate guest to the same host" },
    { BY_URI3, VIR_MIGRATE_PEER2PEER, "qemu+ssh://root@localhost.localdomain/system", 1u << 4, VIR_ERR_INVALID_ARG,
      "Attempt to migrate guest to the same host" },
    { BY_URI3, VIR_MIGRATE_PEER2PEER, "foo", 1u << 4, VIR_ERR_INVALID_ARG,
      "Attempt to migrate guest to the same host" },
    { BY_URI3, VIR_MIGRATE_PEER2PEER, "qemu+unix:///system?socket=/s", 1u << 4, 0, "" },
    { BY_URI3, VIR_MIGRATE_PEER2PEER, "qemu+tcp://hostb/system", 1u << 4, 0, "" },
};

static void
what_cannot_be_is_refused_in_libvirts_words(void **state)
{
    Hosts h = open_hosts();

    for (guint i = 0; i < G_N_ELEMENTS(refusals); i++) {
        virDomainPtr there = NULL;
        bool ok;

        features = (1u << 6 | 1u << 7 | 1u << 13) | refusals[i].features;
        if (refusals[i].call == BY_3)
            there = virDomainMigrate3(h.dom, h.dconn, NULL, 0, refusals[i].flags);
        else if (refusals[i].call == BY_1)
            there = virDomainMigrate(h.dom, h.dconn, refusals[i].flags, NULL, NULL, 0);
        ok = refusals[i].call == BY_URI3
                 ? virDomainMigrateToURI3(h.dom, refusals[i].uri, NULL, 0, refusals[i].flags) == 0
                 : there != NULL;
        assert_true(ok == (refusals[i].code == 0));
        if (!ok)
            assert_last_error(refusals[i].code, refusals[i].text);
    }
    /* only the two that were possible reached a host */
    assert_string_equal(asked->str, "perform(qemu+unix:///system?socket=/s) perform(qemu+tcp://hostb/system) ");
    close_hosts(&h);
}

static void
bad_arguments_reach_nobody(void **state)
{
    Hosts h = open_hosts();
    virTypedParameter endless = { .type = VIR_TYPED_PARAM_INT };
    virConnectPtr ro = virConnectOpenReadOnly("source:///a");
    virDomainPtr seen = virDomainLookupByName(ro, "run");

    memset(endless.field, 'x', sizeof endless.field);
    assert_null(virDomainMigrate3(h.dom, h.dconn, &endless, 1, 0));
    assert_int_equal(virGetLastErrorCode(), VIR_ERR_INVALID_ARG);
    assert_null(virDomainMigrate3(h.dom, h.dconn, NULL, 1, 0));
    assert_int_equal(virGetLastErrorCode(), VIR_ERR_INVALID_ARG);
    assert_null(virDomainMigrate3(h.dom, NULL, NULL, 0, 0));
    assert_int_equal(virGetLastErrorCode(), VIR_ERR_INVALID_CONN);
    assert_null(virDomainMigrate3(NULL, h.dconn, NULL, 0, 0));
    assert_int_equal(virGetLastErrorCode(), VIR_ERR_INVALID_DOMAIN);
    assert_null(virDomainMigrate3(seen, h.dconn, NULL, 0, 0));
    assert_int_equal(virGetLastErrorCode(), VIR_ERR_OPERATION_DENIED);
    assert_null(virDomainMigrate(h.dom, h.dconn, 1ul << 40, NULL, NULL, 0));
    assert_int_equal(virGetLastErrorCode(), VIR_ERR_INVALID_ARG);
    assert_int_equal(virDomainMigrateToURI(h.dom, NULL, 0, NULL, 0), -1);
    assert_int_equal(virGetLastErrorCode(), VIR_ERR_INVALID_ARG);
    assert_string_equal(asked->str, "");
    virDomainFree(seen);
    virConnectClose(ro);
    close_hosts(&h);
}

static void
a_lost_answer_is_looked_for(void **state)
{
    Hosts h = open_hosts();
    virDomainPtr there;

    finish_breaks = dest_runs = true;
    there = virDomainMigrate3(h.dom, h.dconn, NULL, 0, VIR_MIGRATE_LIVE);
    assert_non_null(there);
    assert_true(g_str_has_suffix(asked->str, "finish(0) confirm(0) "));
    virDomainFree(there);

    g_string_truncate(asked, 0);
    dest_runs = false;
    assert_null(virDomainMigrate3(h.dom, h.dconn, NULL, 0, VIR_MIGRATE_LIVE));
    assert_true(g_str_has_suffix(asked->str, "finish(0) confirm(1) "));
    assert_int_equal(godwitMigrateLastResult(), GODWIT_MIGRATE_STAYED);
    close_hosts(&h);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(the_domain_comes_back_from_the_destination, two_hosts, leave),
        cmocka_unit_test_setup_teardown(the_older_calls_speak_without_parameters, two_hosts, leave),
        cmocka_unit_test_setup_teardown(what_cannot_be_is_refused_in_libvirts_words, two_hosts, leave),
        cmocka_unit_test_setup_teardown(bad_arguments_reach_nobody, two_hosts, leave),
        cmocka_unit_test_setup_teardown(a_lost_answer_is_looked_for, two_hosts, leave),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
