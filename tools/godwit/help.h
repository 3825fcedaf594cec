/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What the rows say about themselves: on the screen and as the manual page. */
#pragma once

#include "shell.h"

void help_all(Shell *sh);
void help_group(const CmdGroup *group);
void help_command(Shell *sh, const CmdDef *def);
void help_usage(void);
/* godwit.1 in roff on stdout. */
void help_man(void);
/* The knob table as docs/migration-parameters.md. */
void help_knobs(void);
