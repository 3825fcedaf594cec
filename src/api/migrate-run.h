/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Managed migration between two connections of this process: the ends of a MigRun made from connections, and what
 * the calling thread's last run did. Used by the public virDomainMigrate* calls only; blocks until the guest has
 * moved or stays.
 */
#pragma once

#include "api/rim.h"
#include "migration/knobs-check.h"

/* params are borrowed. old_call: asked through the API without typed parameters. NULL: call->err says why. */
virDomainPtr migrate_managed(ApiCall *call, virConnectPtr dconn, const Params *params, guint32 flags, bool old_call);
