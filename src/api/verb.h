/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The way from a connection to its driver: every verb of the public API, of the daemon's sessions and of
 * peer-to-peer migration goes through here. Checks access and support, asserts the contract of model/verbs.h.
 * Any thread; a verb may wait as its lane says.
 */
#pragma once

#include "model/driver.h"

/* out: zeroed here, sizeof the verb's Out; NULL for verbs with NoneOut. Errors: VIR_ERR_INVALID_CONN,
 * VIR_ERR_OPERATION_DENIED on a read-only connection, VIR_ERR_NO_SUPPORT, and the driver's own. A broken connection
 * is reported by the driver, which knows why. */
bool verb_call(VirConn *conn, VerbId verb, const void *in, void *out, GError **err);
/* The same, with messages that name another public function than the verb's row does. */
bool verb_call_as(VirConn *conn, VerbId verb, const char *api, const void *in, void *out, GError **err);
/* Would verb_call() find somebody to do it? */
bool verb_is_supported(const VirConn *conn, VerbId verb);
