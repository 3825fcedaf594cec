/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A driver on a directory of its own, without any QEMU: for tests of its parts. */
#pragma once

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#undef fail

#include "qemu/driver.h"

typedef struct {
    char       *root;
    QemuDriver *driver;
} BareDriver;

/* cmocka set-up and tear-down: *state is a BareDriver. */
int bare_driver_set_up(void **state);
int bare_driver_tear_down(void **state);
/* Another driver on the same directory, as after a restart. */
void bare_driver_restart(BareDriver *bare);
/* A complete definition; host facts are made up. */
DomDef *bare_def(const char *name, const char *uuid, const char *title);
/* In the table; the caller unrefs. */
QemuDomain *bare_domain(BareDriver *bare, const char *name, const char *uuid);

#define UUID_A "11111111-2222-4333-8444-555555555501"
#define UUID_B "11111111-2222-4333-8444-555555555502"
