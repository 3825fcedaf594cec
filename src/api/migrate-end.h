/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * A connection as one end of a migration (migration/phases.h): how it is asked, whether it still stands, and how to
 * find out over another connection what became of a guest when its answer was lost. Used by managed migration and,
 * for the far end, by a driver that migrates peer-to-peer. The connection is borrowed.
 */
#pragma once

#include "migration/phases.h"

/* otherwise: what to call it in messages when it has no URI. An end that can inquire is a destination. */
MigEnd migrate_end_source(VirConn *conn, const char *otherwise);
MigEnd migrate_end_dest(VirConn *conn, const char *otherwise);
