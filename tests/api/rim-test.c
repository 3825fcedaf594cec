/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "api-test.h"

#include <errno.h>

/* A program that passes a wrong pointer must get an error, not a crash, and the code that libvirt gives. */
static void
invalid_handles_are_named(void **state)
{
    struct { char bytes[4096]; } rubbish;

    memset(&rubbish, 0x55, sizeof(rubbish));
    assert_int_equal(virConnectClose(NULL), -1);
    assert_last_error(VIR_ERR_INVALID_CONN, "invalid connection pointer in virConnectClose");
    assert_int_equal(virConnectNumOfDomains((virConnectPtr)(void *)&rubbish), -1);
    assert_last_error(VIR_ERR_INVALID_CONN, "invalid connection pointer in virConnectNumOfDomains");
    assert_int_equal(virDomainSuspend(NULL), -1);
    assert_last_error(VIR_ERR_INVALID_DOMAIN, "invalid domain pointer in virDomainSuspend");
    assert_int_equal(virGetLastErrorDomain(), VIR_FROM_DOM);
    assert_null(virDomainGetName((virDomainPtr)(void *)&rubbish));
    assert_last_error(VIR_ERR_INVALID_DOMAIN, "invalid domain pointer in virDomainGetName");
    assert_int_equal(virStreamFinish(NULL), -1);
    assert_last_error(VIR_ERR_INVALID_STREAM, "invalid stream pointer in virStreamFinish");
}

static void
missing_arguments_are_named(void **state)
{
    virConnectPtr conn = open_fake();
    virDomainPtr dom = virDomainLookupByName(conn, "run");

    assert_null(virDomainDefineXML(conn, NULL));
    assert_last_error(VIR_ERR_INVALID_ARG, "xml in virDomainDefineXML must not be NULL");
    assert_int_equal(virDomainGetState(dom, NULL, NULL, 0), -1);
    assert_last_error(VIR_ERR_INVALID_ARG, "state in virDomainGetState must not be NULL");
    assert_null(virDomainLookupByID(conn, -3));
    assert_last_error(VIR_ERR_INVALID_ARG, "id in virDomainLookupByID must be zero or greater");
    assert_null(virDomainLookupByUUIDString(conn, "no-uuid"));
    assert_last_error(VIR_ERR_INVALID_ARG, "Invalid UUID");
    virDomainFree(dom);
    virConnectClose(conn);
}

/* Anybody may look through the read-only socket; nobody may change anything or see passwords there. */
static void
read_only_connections_only_read(void **state)
{
    virConnectPtr conn = virConnectOpenReadOnly("fake:///test");
    virDomainPtr dom = virDomainLookupByName(conn, "run");
    int now;

    assert_int_equal(virDomainGetState(dom, &now, NULL, 0), 0);
    assert_int_equal(virDomainSuspend(dom), -1);
    assert_last_error(VIR_ERR_OPERATION_DENIED, "operation forbidden: read only access prevents virDomainSuspend");
    assert_int_equal(virGetLastErrorDomain(), VIR_FROM_DOMAIN);
    /* the name of what was called, not of the verb behind it */
    assert_int_equal(virDomainDestroy(dom), -1);
    assert_last_error(VIR_ERR_OPERATION_DENIED, "operation forbidden: read only access prevents virDomainDestroy");
    assert_null(virDomainGetXMLDesc(dom, VIR_DOMAIN_XML_SECURE));
    assert_last_error(VIR_ERR_OPERATION_DENIED, "operation forbidden: virDomainGetXMLDesc with secure flag");
    assert_null(virDomainGetXMLDesc(dom, VIR_DOMAIN_XML_MIGRATABLE));
    assert_int_equal(virGetLastErrorCode(), VIR_ERR_OPERATION_DENIED);
    assert_null(virConnectGetDomainCapabilities(conn, "/bin/sh", NULL, NULL, NULL, 0));
    assert_int_equal(virGetLastErrorCode(), VIR_ERR_OPERATION_DENIED);
    free(virDomainGetXMLDesc(dom, VIR_DOMAIN_XML_INACTIVE));
    assert_null(virGetLastError());
    virDomainFree(dom);
    assert_int_equal(virConnectClose(conn), 0);
}

static void
what_a_driver_lacks_is_unsupported(void **state)
{
    virConnectPtr conn = open_fake();
    virDomainPtr dom = virDomainLookupByName(conn, "run");

    assert_int_equal(virDomainReset(dom, 0), -1);
    assert_last_error(VIR_ERR_NO_SUPPORT,
                      "this function is not supported by the connection driver: virDomainReset");
    virDomainFree(dom);
    virConnectClose(conn);
}

static void
hush(const char *domain, GLogLevelFlags level, const char *message, gpointer count)
{
    (*(int *)count)++;
}

/* A bug in a driver must cost one call, not the daemon and the connections of everybody else. */
static void
a_failure_without_error_gets_one(void **state)
{
    virConnectPtr conn = open_fake();
    virDomainPtr dom = virDomainLookupByName(conn, "run");
    GLogFunc before;
    int complaints = 0;

    before = g_log_set_default_handler(hush, &complaints);
    fake_break_contract();
    assert_int_equal(virDomainSuspend(dom), -1);
    assert_last_error(VIR_ERR_INTERNAL_ERROR, "internal error: virDomainSuspend failed without saying why");
    assert_int_equal(complaints, 1);
    g_log_set_default_handler(before, NULL);
    virDomainFree(dom);
    virConnectClose(conn);
}

/* A program that looks at the error after a success must not see an old one. */
static void
each_call_resets_the_error(void **state)
{
    virConnectPtr conn = open_fake();
    unsigned long version = 0;

    fake_fail_next(VIR_FROM_QEMU, VIR_ERR_OPERATION_FAILED, "as planned");
    assert_int_equal(virConnectGetVersion(conn, &version), -1);
    assert_last_error(VIR_ERR_OPERATION_FAILED, "operation failed: as planned");
    assert_int_equal(virGetLastErrorDomain(), VIR_FROM_QEMU);
    assert_int_equal(virConnectGetVersion(conn, &version), 0);
    assert_int_equal(version, 7002000);
    assert_null(virGetLastError());
    assert_string_equal(virGetLastErrorMessage(), "no error");
    /* the connection remembers longer than the thread */
    assert_int_equal(virConnGetLastError(conn)->code, VIR_ERR_OPERATION_FAILED);
    virConnResetLastError(conn);
    assert_null(virConnGetLastError(conn));
    virConnectClose(conn);
}

static void
count(void *data, virErrorPtr err)
{
    (*(int *)data)++;
    assert_int_equal(err->level, VIR_ERR_ERROR);
    errno = EXDEV;
}

static void
error_functions_hear_of_errors(void **state)
{
    virConnectPtr conn = open_fake();
    int of_all = 0, of_conn = 0;

    virSetErrorFunc(&of_all, count);
    errno = 0;
    virDomainLookupByName(conn, "nobody");
    assert_int_equal(of_all, 1);
    assert_int_equal(errno, 0);
    virConnSetErrorFunc(conn, &of_conn, count);
    virDomainLookupByName(conn, "nobody");
    assert_int_equal(of_all, 1);
    assert_int_equal(of_conn, 1);
    virConnSetErrorFunc(conn, NULL, NULL);
    virDomainLookupByName(conn, "nobody");
    assert_int_equal(of_all, 2);
    virSetErrorFunc(NULL, silent);
    virConnectClose(conn);
}

static gpointer
fail_elsewhere(gpointer unused)
{
    virConnectClose(NULL);
    return GINT_TO_POINTER(virGetLastErrorCode());
}

static void
errors_belong_to_threads(void **state)
{
    GThread *thread;

    virDomainFree(NULL);
    thread = g_thread_new("other", fail_elsewhere, NULL);
    assert_int_equal(GPOINTER_TO_INT(g_thread_join(thread)), VIR_ERR_INVALID_CONN);
    assert_int_equal(virGetLastErrorCode(), VIR_ERR_INVALID_DOMAIN);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(invalid_handles_are_named, fresh),
        cmocka_unit_test_setup(missing_arguments_are_named, fresh),
        cmocka_unit_test_setup(read_only_connections_only_read, fresh),
        cmocka_unit_test_setup(what_a_driver_lacks_is_unsupported, fresh),
        cmocka_unit_test_setup(a_failure_without_error_gets_one, fresh),
        cmocka_unit_test_setup(each_call_resets_the_error, fresh),
        cmocka_unit_test_setup(error_functions_hear_of_errors, fresh),
        cmocka_unit_test_setup(errors_belong_to_threads, fresh),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
