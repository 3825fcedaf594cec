/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * What the migration files of this room offer to driver.c (the slots), to domain and process code (may this guest
 * be resumed? its QEMU has gone) and to recovery after a restart. Knows nothing of RPC or of who calls.
 *
 * The slots may be called from any worker thread. The functions of the second group say on which thread they run.
 */
#pragma once

#include "model/driver.h"
#include "qemu/domain.h"
#include "qemu/driver.h"

/* Driver slots; In and Out as model/verbs.h says. */
bool qemu_migrate_begin(VirConn *conn, const MigrateBeginIn *in, MigrateBeginOut *out, GError **err);
bool qemu_migrate_prepare(VirConn *conn, const MigratePrepareIn *in, MigratePrepareOut *out, GError **err);
bool qemu_migrate_prepare_tunnel(VirConn *conn, const MigratePrepareIn *in, MigratePrepareTunnelOut *out, GError **err);
bool qemu_migrate_perform(VirConn *conn, const MigratePerformIn *in, MigratePerformOut *out, GError **err);
bool qemu_migrate_finish(VirConn *conn, const MigrateFinishIn *in, MigrateFinishOut *out, GError **err);
bool qemu_migrate_confirm(VirConn *conn, const MigrateConfirmIn *in, NoneOut *out, GError **err);

bool qemu_migrate_set_max_downtime(VirConn *conn, const DomainU64In *in, NoneOut *out, GError **err);
bool qemu_migrate_get_max_downtime(VirConn *conn, const DomainIn *in, U64Out *out, GError **err);
bool qemu_migrate_set_max_speed(VirConn *conn, const DomainU64In *in, NoneOut *out, GError **err);
bool qemu_migrate_get_max_speed(VirConn *conn, const DomainIn *in, U64Out *out, GError **err);
bool qemu_migrate_set_compression_cache(VirConn *conn, const DomainU64In *in, NoneOut *out, GError **err);
bool qemu_migrate_get_compression_cache(VirConn *conn, const DomainIn *in, U64Out *out, GError **err);
bool qemu_migrate_start_postcopy(VirConn *conn, const DomainIn *in, NoneOut *out, GError **err);

bool qemu_domain_get_job_info(VirConn *conn, const DomainIn *in, JobInfoOut *out, GError **err);
bool qemu_domain_get_job_stats(VirConn *conn, const DomainIn *in, JobStatsOut *out, GError **err);
bool qemu_domain_abort_job(VirConn *conn, const DomainIn *in, NoneOut *out, GError **err);

/* One per driver instance: port reservations, witness endpoint, journal. start is called after the directories
 * exist and before guests are re-attached. When the last connection has gone (guests stay): quiet, after which no
 * errand is given to the driver's workers any more, and stop, when none of those given before runs. */
typedef struct QmigHost QmigHost;
QmigHost *qmig_host_start(QemuDriver *driver, GError **err);
void      qmig_host_quiet(QmigHost *host);
void      qmig_host_stop(QmigHost *host);

/* Start-up, after every guest of a former daemon has been re-attached: finishes, rolls back or puts in doubt each
 * migration that the journal says was under way. Best effort per guest, logged. Worker or starting thread. */
void qmig_recover(QemuDriver *driver);

/* The client of conn has gone (or closed). Never waits: posts what must be done. Any thread, no locks held. */
void qmig_connection_closed(QemuDriver *driver, VirConn *conn);

/* May this guest's CPUs be started by a user? False while the other side may be running it: VIR_ERR_OPERATION_INVALID
 * with the remedy. dom's lock held; never waits. */
bool qmig_may_resume(QemuDomain *dom, GError **err);
/* Adds what virDomainGetMessages shall show of a migration in doubt. dom's lock held. */
void qmig_messages(QemuDomain *dom, GPtrArray *texts);

/* Frees what the migration keeps in a domain (QemuDomain.mig, QemuDomain.mig_done); with the domain's last reference.
 * Accept NULL. */
typedef struct QemuMigDone QemuMigDone;
void qmig_free(QemuMig *mig);
void qmig_done_free(QemuMigDone *done);
