/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Between domain.c and domain-table.c, and for tests: a domain that no table holds. */
#pragma once

#include "qemu/domain.h"

QemuDomain *qemu_domain_new(QemuDriver *driver, const char *name, const guint8 *uuid);
