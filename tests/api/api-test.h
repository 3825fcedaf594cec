/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What all tests of this folder need: cmocka, the fake driver, a quiet error function, a watchdog. */
#pragma once

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>
#include <libvirt/libvirt.h>
#include <libvirt/virterror.h>

#include "../fakes/driver.h"
#include "api/open.h"

static inline void
silent(void *unused, virErrorPtr err)
{
}

/* Before each test: a fresh fake, no user configuration, nothing on stderr. */
static inline int
fresh(void **state)
{
    /* a test that hangs fails */
    alarm(60);
    g_setenv("GODWIT_CLIENT_CONFIG", "/nonexistent", TRUE);
    g_unsetenv("LIBVIRT_DEFAULT_URI");
    g_unsetenv("GODWIT_DEFAULT_URI");
    api_register_driver(&fake_driver);
    fake_reset();
    virSetErrorFunc(NULL, silent);
    virResetLastError();
    return 0;
}

static inline virConnectPtr
open_fake(void)
{
    virConnectPtr conn = virConnectOpen("fake:///test");

    assert_non_null(conn);
    return conn;
}

#define assert_last_error(wanted_code, wanted_text)                                                          \
    do {                                                                                                     \
        assert_int_equal(virGetLastErrorCode(), wanted_code);                                                \
        assert_string_equal(virGetLastErrorMessage(), wanted_text);                                          \
    } while (0)
