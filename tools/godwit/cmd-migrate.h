/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The options of "migrate" are made from the knob table, once, before any command is looked at. */
#pragma once

void migrate_make_options(void);
