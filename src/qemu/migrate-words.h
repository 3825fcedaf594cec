/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Why a migration failed, in QEMU's words. When one end fails the other one soon sees its connection break and fails,
 * too; which of the two is asked first is chance. Here the end that knows the cause is told from the one that does not.
 * Any thread that may wait.
 */
#pragma once

#include "qemu/migrate-priv.h"

/* Does it say no more than that the other end went away? */
bool qmig_words_are_symptom(const char *words);
/* What an incoming QEMU has written since it was started that explains a failure: its telling lines, without time and
 * program. log: the end of its log. NULL: nothing, or symptoms only. Caller frees. */
char *qmig_words_of_log(const char *log);
/* The same of a domain's own log. */
char *qmig_last_words(QemuDomain *dom);

/* Source. Aborted, by whom and why. */
bool qmig_fail_aborted(QemuMig *mig, GError **err);
/* Source. Nobody has answered, at the place that the memory was to go to, within the time for silence. */
bool qmig_fail_unopened(QemuMig *mig, GError **err);
/* Source. QEMU's status is "failed": fails with its own reason. */
bool qmig_fail_as_qemu_says(QemuMig *mig, QmpClient *qmp, GError **err);
