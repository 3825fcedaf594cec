/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <glib.h>

/* At least one text; NULL after saying why. The array owns its strings; caller unrefs. */
GPtrArray *cpu_docs_of_file(const char *path);
