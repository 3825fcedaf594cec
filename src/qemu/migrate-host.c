/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "model/params.h"
#include "qemu/migrate-priv.h"
#include "qemu/process.h"
#include "util/file.h"
#include "util/log.h"

#define VIR_FROM_THIS VIR_FROM_QEMU
#define LOG_ROOM "qemu"

#define KEEP_OUTCOMES 512
#define KEEP_FALLEN 32

typedef struct { char *name, *why; } Fallen;

typedef struct {
    JournalEntry *entry;
    MigStats      stats;
} Outcome;

QmigHost *
qmig_host_of(QemuDriver *driver)
{
    return driver->mig;
}

const char *
qmig_param_string(const Params *params, const char *name)
{
    const virTypedParameter *param = params_find(params, name);

    return param && param->type == VIR_TYPED_PARAM_STRING ? param->value.s : NULL;
}

static void
write_outcome(gpointer data, gpointer unused)
{
    Outcome *outcome = data;
    Params   params = { 0 };

    if (outcome->stats.started)
        mig_stats_to_params(&outcome->stats, &params);
    journal_end(outcome->entry, &params);
    params_clear(&params);
    mig_stats_clear(&outcome->stats);
    g_free(outcome);
}

void
qmig_host_write_outcome(QmigHost *host, JournalEntry *entry, const MigStats *stats)
{
    Outcome *outcome = g_new0(Outcome, 1);

    outcome->entry = entry;
    mig_stats_copy(stats, &outcome->stats);
    g_thread_pool_push(host->writers, outcome, NULL);
}

/* The source took an arrival back: its CPUs can never start any more, so its QEMU is of no use. */
static void
revoked(const char *id, gpointer data)
{
    QmigHost *host = data;
    QemuMig  *mig;

    g_mutex_lock(&host->lock);
    mig = g_hash_table_lookup(host->arrivals, id);
    if (mig)
        qmig_ref(mig);
    g_mutex_unlock(&host->lock);
    if (!mig)
        return;

    log_info("domain '%s': the source took migration %s back", mig->dom->name, id);
    g_mutex_lock(&mig->lock);
    mig->revoked = true;
    g_cond_broadcast(&mig->changed);
    g_mutex_unlock(&mig->lock);
    qemu_process_stop_async(mig->dom, VIR_DOMAIN_SHUTOFF_FAILED, VIR_DOMAIN_EVENT_STOPPED_FAILED, STOP_KILL);
    qmig_unref(mig);
}

static void
remember_outcomes(QmigHost *host)
{
    g_autoptr(GPtrArray) records = journal_finished(host->journal, NULL);

    for (guint i = 0; i < records->len; i++) {
        const JournalRecord *r = g_ptr_array_index(records, i);

        if (r->side == JOURNAL_DESTINATION && r->witness.token)
            witness_add(host->witness, r->id, r->witness.token,
                        r->outcome == OUTCOME_MOVED    ? WITNESS_RUNNING
                        : r->outcome == OUTCOME_FAILED ? WITNESS_CANCELLED
                                                       : WITNESS_UNKNOWN);
    }
}

QmigHost *
qmig_host_start(QemuDriver *driver, GError **err)
{
    const QemuConfig *config = driver->config;
    g_autofree char  *run = g_build_filename(config->run_dir, "migrate", NULL);
    g_autofree char  *lib = g_build_filename(config->lib_dir, "migrate", NULL);
    Journal          *journal = journal_new(run, lib, KEEP_OUTCOMES, err);
    QmigHost         *host;

    if (!journal)
        return NULL;
    host = g_new0(QmigHost, 1);
    host->driver = driver;
    host->journal = journal;
    host->ports = ports_new("migration", N_("wait for one to end or widen --migrate-ports"), config->migrate_port_min,
                            config->migrate_port_max);
    host->witness = witness_new(driver->loop, revoked, host);
    host->writers = g_thread_pool_new(write_outcome, NULL, 1, FALSE, NULL);
    host->port_file = g_build_filename(lib, "witness-port", NULL);
    host->arrivals = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, (GDestroyNotify)qmig_unref);
    g_mutex_init(&host->opening);
    g_mutex_init(&host->lock);
    g_queue_init(&host->fallen);
    remember_outcomes(host);
    qmig_endpoint_reopen(host);
    return host;
}

static void
free_fallen(gpointer data)
{
    Fallen *fallen = data;

    g_free(fallen->name);
    g_free(fallen->why);
    g_free(fallen);
}

/* The guest and its journal stay for the next daemon; what this one knows goes. */
static void
leave_migration(QemuDomain *dom)
{
    QemuMig *mig;

    g_mutex_lock(&dom->lock);
    mig = g_steal_pointer(&dom->mig);
    g_mutex_unlock(&dom->lock);
    if (!mig)
        return;
    qmig_doubt_stop(mig);
    /* Whoever sees its QEMU exit from now on must not settle it with a host that is being taken down. */
    if (g_atomic_int_compare_and_exchange(&mig->ended, 0, 1))
        journal_leave(g_steal_pointer(&mig->entry));
    qmig_unref(mig);
}

void
qmig_host_quiet(QmigHost *host)
{
    g_autoptr(GPtrArray) doms = qemu_domain_table_list(host->driver->domains);
    GThreadPool         *recoverers;

    g_atomic_int_set(&host->stopping, 1);
    g_mutex_lock(&host->lock);
    recoverers = g_steal_pointer(&host->recoverers);
    g_mutex_unlock(&host->lock);
    if (recoverers)
        g_thread_pool_free(recoverers, FALSE, TRUE);
    for (guint i = 0; i < doms->len; i++)
        leave_migration(g_ptr_array_index(doms, i));
    qmig_endpoint_stop(host);
    witness_free(g_steal_pointer(&host->witness));
}

void
qmig_host_stop(QmigHost *host)
{
    g_thread_pool_free(host->writers, FALSE, TRUE);
    g_hash_table_unref(host->arrivals);
    g_queue_clear_full(&host->fallen, free_fallen);
    ports_free(host->ports);
    journal_free(host->journal);
    g_mutex_clear(&host->opening);
    g_mutex_clear(&host->lock);
    g_free(host->port_file);
    g_free(host);
}

void
qmig_host_add_arrival(QmigHost *host, QemuMig *mig)
{
    g_mutex_lock(&host->lock);
    g_hash_table_replace(host->arrivals, g_strdup(mig->id), qmig_ref(mig));
    g_mutex_unlock(&host->lock);
}

void
qmig_host_remove_arrival(QmigHost *host, QemuMig *mig)
{
    g_mutex_lock(&host->lock);
    g_hash_table_remove(host->arrivals, mig->id);
    g_mutex_unlock(&host->lock);
}

void
qmig_host_note_fallen(QmigHost *host, const char *name, const char *why)
{
    Fallen *fallen = g_new(Fallen, 1);

    *fallen = (Fallen){ g_strdup(name), g_strdup(why) };
    g_mutex_lock(&host->lock);
    g_queue_push_head(&host->fallen, fallen);
    if (host->fallen.length > KEEP_FALLEN)
        free_fallen(g_queue_pop_tail(&host->fallen));
    g_mutex_unlock(&host->lock);
}

bool
qmig_host_take_fallen(QmigHost *host, const char *name, char **ret_why)
{
    bool found = false;

    g_mutex_lock(&host->lock);
    for (GList *at = host->fallen.head; at && !found; at = at->next) {
        Fallen *fallen = at->data;

        if (g_str_equal(fallen->name, name)) {
            *ret_why = g_steal_pointer(&fallen->why);
            free_fallen(fallen);
            g_queue_delete_link(&host->fallen, at);
            found = true;
            break;
        }
    }
    g_mutex_unlock(&host->lock);
    return found;
}
