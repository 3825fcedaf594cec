/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Checks that all virDomainMigrate* calls make before they ask a host; each does nothing once the call has an error.
 */
#pragma once

#include "api/rim.h"
#include "migration/knobs-check.h"

/* A text that goes out as it is, in the domain of the public calls; returns false. */
bool migrate_refuse(ApiCall *call, int code, const char *text);
bool migrate_check_writable(ApiCall *call, virConnectPtr conn);
/* A usable, writable destination, and a writable source. */
bool migrate_check_dest(ApiCall *call, virConnectPtr dconn);
/* Combinations of flags; the hosts judge the rest. */
bool migrate_check_flags(ApiCall *call, unsigned long flags, const Params *params);
/* An array that may be read: present, names terminated. */
bool migrate_check_array(ApiCall *call, virTypedParameterPtr params, unsigned int nparams);

/* One call to the source, which does the rest: peer-to-peer (dconnuri, needs VIR_MIGRATE_PEER2PEER) or direct. */
bool migrate_from_source(ApiCall *call, const char *dconnuri, const Params *params, guint32 flags);
