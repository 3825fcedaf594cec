/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* cmocka, what it wants included first, and its fail() instead of the one in util/err.h. Include it last. */
#pragma once

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include "util/err.h"

#undef fail
#include <cmocka.h>
