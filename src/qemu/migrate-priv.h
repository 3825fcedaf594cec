/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * What the migration files share: the host's part (ports, witness, journal) and one migration of one domain.
 *
 * Who does what: migrate-check decides whether a guest may go, migrate-knobs talks about capabilities and parameters,
 * migrate-watch turns QEMU's events into states, migrate-src and migrate-dst are the phases, migrate-doubt asks the
 * other side when nobody else tells, migrate-recover goes on after a restart, via-* move the bytes.
 *
 * Locks: dom->lock before mig->lock; neither is held across QMP, files or waits. What only one phase touches needs
 * no lock: phases exclude each other (qemu/job.h).
 */
#pragma once

#include "migration/cookie.h"
#include "migration/knobs.h"
#include "migration/progress.h"
#include "model/dom-def.h"
#include "model/tunnel.h"
#include "qemu/caps.h"
#include "qemu/driver.h"
#include "qemu/journal.h"
#include "qemu/migrate.h"
#include "qemu/ports.h"
#include "qemu/witness.h"

struct QmigHost {
    /* fixed after start */
    QemuDriver  *driver; /* borrowed: owns us */
    Ports       *ports;
    Journal     *journal;
    Witness     *witness;
    GThreadPool *writers; /* makes outcomes durable, off everybody's way */
    char        *port_file; /* where the witness's port is remembered */
    guint16      old_port;  /* the former daemon's; 0: none */

    /* loop thread */
    GSource     *port_timer; /* old_port is not free yet */
    guint        port_tries;

    gint        stopping; /* atomic */

    GMutex      opening;    /* held while the witness is opened, which waits for the loop: there it is only tried */
    bool        no_witness; /* under opening: it failed; not tried again */

    GMutex       lock;
    GThreadPool *recoverers; /* under lock: what a former daemon left; made by qmig_recover(), NULL: stopping */
    GHashTable  *arrivals; /* under lock: migration id -> QemuMig, referenced */
    GQueue       fallen;   /* under lock: Fallen, newest first: why arrivals died, for a Finish that comes too late */
};

/* QEMU's word on its migration, from MIGRATION events. */
typedef enum {
    QMIG_NONE,
    QMIG_SETUP,
    QMIG_ACTIVE,
    QMIG_PRE_SWITCHOVER,
    QMIG_DEVICE,
    QMIG_COMPLETED,
    QMIG_FAILED,
    QMIG_CANCELLING,
    QMIG_CANCELLED,
    QMIG_STATUS_LAST
} QmigStatus;
QmigStatus qmig_status_parse(const char *name);

/* Between "all memory is at the destination" and Confirm. */
typedef enum {
    DOUBT_NONE,
    DOUBT_ASKING,     /* the witness is being asked for the first time */
    DOUBT_UNSETTLED,  /* it did not answer; it is asked again and again */
    DOUBT_RUNS_THERE,
    DOUBT_NOT_THERE,
} QmigDoubt;

struct QemuMig {
    gint refs; /* atomic */

    /* fixed after the first phase */
    QmigHost    *host;
    QemuDomain  *dom; /* referenced */
    QemuAsyncJob side;
    char        *id;
    bool         protect; /* source: the job was opened by Begin */
    guint32      flags;
    MigProgress  progress; /* own lock */

    /* whoever runs the present phase */
    JsonObject *old_params; /* migration parameters before ours; NULL: nothing to restore */
    guint32     caps_all;     /* what this QEMU has of mig_caps */
    guint32     caps_offered; /* bits of mig_caps that were set, to be set off again; 0: none were */
    char       *persistent_xml; /* source: for the destination */
    DomDef     *offline_def;    /* destination of an offline migration */
    char       *origin;         /* destination: domain's name at the source */
    guint16     port;           /* destination: reserved */
    char       *far_end;        /* source: where the memory goes, HOST:PORT or a path; NULL: not known, or the tunnel */
    char       *tls_hostname;   /* source: that the destination's certificate must carry; NULL: no TLS */
    bool        tls;            /* QEMU has our credentials object */
    char       *socket;         /* destination: file that QEMU waits at; NULL: none */
    bool        listening;      /* destination: it is in host->arrivals */
    bool        asks;           /* destination: its source is one that asks a witness */

    MigStats    final;          /* what qmig_keep_stats() kept */
    JournalEntry *entry; /* NULL: offline, or ended */
    gint          ended; /* atomic: the async job is being closed */

    GMutex lock;
    GCond  changed;
    /* under lock */
    gpointer    conn;       /* VirConn of the client, only compared; NULL: it has gone, or nobody owns us */
    QmigStatus  status;
    bool        watching;   /* QEMU is going to be told to migrate: its events are ours */
    bool        told;       /* it was told, perhaps: what it says of a migration is said of this one */
    bool        unreachable; /* its monitor is: no event will come */
    bool        starting;   /* destination: Prepare sees to a QEMU that exits */
    bool        stuck;      /* source: so it could not be brought to an end; goes on when the monitor answers */
    bool        given_up;   /* source: its copy is being killed, the guest lives at the destination */
    bool        gone;       /* QEMU has exited */
    bool        abort;      /* a user wants it to end */
    bool        conn_lost;
    bool        peer_lost;  /* peer-to-peer: our connection to the destination broke */
    bool        io_error;
    bool        silent;     /* source: nothing went through any more */
    bool        unopened;   /* source: nor had anything before, not even the other end's name */
    bool        revoked;    /* destination: the source took it back */
    bool        started;    /* destination: past the point where anybody could take it back */
    bool        resumed;    /* destination: CPUs were seen to start */
    bool        sent;       /* source: the destination may have everything */
    bool        all_sent;   /* source: QEMU said so */
    bool        moved;      /* source: Perform has ended well; waits for Confirm */
    bool        was_running;
    QmigDoubt   doubt;
    guint64     sent_bytes; /* source: when it fell silent */
    guint       waiting;    /* phases that wait for the verdict and will carry it out */
    bool        settling;   /* nobody comes: the verdict is carried out in the background */
    char       *doubt_text;
    char       *peer;       /* host name of the other side */
    Tunnel     *tunnel;     /* source: the memory's way while it goes; borrowed from the phases' driver */
    int         line;       /* source: our copy of the socket on which TLS shakes hands; -1: none */
    WitnessRef  witness;    /* source: whom to ask */

    /* loop thread */
    WitnessAsk *ask;
    GSource    *ask_timer;
    guint       ask_tries;
};

struct QemuMigDone {
    MigStats stats;
};

QmigHost *qmig_host_of(QemuDriver *driver);

/* migrate-run.c: life of a QemuMig */
QemuMig *qmig_new(QemuDomain *dom, QemuAsyncJob side, guint32 flags, VirConn *conn);
QemuMig *qmig_ref(QemuMig *mig);
void     qmig_unref(QemuMig *mig);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(QemuMig, qmig_unref)
/* A reference to what dom is in the middle of, or NULL. Takes dom->lock. */
QemuMig *qmig_of(QemuDomain *dom);
void     qmig_attach(QemuDomain *dom, QemuMig *mig); /* takes the reference */
void     qmig_set_conn(QemuMig *mig, VirConn *conn);
/* Leaves the phase; ends everything when QEMU or the client has gone meanwhile. */
void qmig_leave(QemuMig *mig);
/* The end of a migration whose QEMU has exited. */
void qmig_end_gone(QemuMig *mig);
/* Closes the async job and forgets the migration: port, arrival, journal. Idempotent; any thread. */
void qmig_end(QemuMig *mig, JournalOutcome outcome, const char *why);
/* The numbers that stay when the migration is over, for virDomainGetJobStats; copies. stats NULL: those of now. */
void qmig_keep_stats(QemuMig *mig, const MigStats *stats);
extern const QemuAsyncOps qmig_ops;

/* migrate-watch.c */
bool qmig_event(QemuDomain *dom, const QmpEvent *ev);
void qmig_gone(QemuDomain *dom);
void qmig_unreachable(QemuDomain *dom);
/* Asks QEMU for the numbers; worker threads. Best effort when err is NULL. */
bool qmig_fetch_numbers(QemuMig *mig, QmpClient *qmp, GError **err);
void qmig_read_numbers(QemuMig *mig, JsonNode *reply);

/* migrate-calm.c. Worker threads. */
/* What QEMU says of its migration, and whether an arrival's CPUs run or have; fills in capabilities. */
bool qmig_ask_qemu(QemuMig *mig, QmpClient *qmp, QmigStatus *ret_status, bool *ret_ran, GError **err);
/* Cancels what is under way, if anything, and waits until nothing is: how it ended. */
bool qmig_calm(QemuMig *mig, QmpClient *qmp, QmigStatus *ret_status, GError **err);
/* A cancellation under way gets to its end. Does not wait; any thread. */
void qmig_let_cancel(QmpClient *qmp);
/* "migrate"; when it fails nothing is under way. */
bool qmig_tell_migrate(QemuMig *mig, QmpClient *qmp, const char *uri, GError **err);

/* migrate-knobs.c */
/* Refuses what QEMU lacks. offered: bits of mig_caps; params: names QEMU knows (a query-migrate-parameters reply) or
 * NULL: not checked. */
guint32     qmig_caps_of_reply(JsonNode *reply);
guint32     qmig_caps_of_binary(const QemuCaps *caps);
bool        qmig_check_caps(guint32 wanted, guint32 offered, const char *where, GError **err);
JsonObject *qmig_caps_args(guint32 on, guint32 offered);
/* NULL: nothing to set. */
JsonObject *qmig_params_args(const Params *params, guint32 flags, KnobSide side);
bool        qmig_check_params(JsonObject *wanted, JsonObject *offered, const char *where, GError **err);
/* Sends what brings QEMU back to where it was; does not wait. Any thread. */
void qmig_restore_knobs(QemuMig *mig, QmpClient *qmp);

/* migrate-check.c */
/* ret_caps: what this QEMU has of mig_caps; 0 for an offline migration. */
bool qmig_check_source(QemuDomain *dom, const Params *params, guint32 flags, guint32 *ret_caps, GError **err);
bool qmig_check_safe(const DomDef *def, GError **err);

/* migrate-abort.c */
bool qmig_abort(QemuDomain *dom, unsigned int flags, GError **err);
/* The destination's daemon cannot be reached any more: gives up unless all has been sent. Any thread. */
void qmig_peer_lost(QemuDomain *dom);
/* The memory's way has fallen silent after so many bytes: gives up. Any thread. */
void qmig_fell_silent(QemuMig *mig, QmpClient *qmp, guint64 bytes);

/* migrate-perform.c: the phase itself, whoever drives the migration. tunnel: borrowed; NULL unless tunnelled. */
bool qmig_perform(VirConn *conn, Tunnel *tunnel, const MigratePerformIn *in, MigratePerformOut *out, GError **err);

/* migrate-recover.c */
/* QEMU may be in the middle of it and cannot be asked: it stays open until it can. Leaves the phase. */
void qmig_stay_stuck(QemuMig *mig, const GError *why);
/* The monitor of one that was stuck answers again. Does not wait; any thread. */
void qmig_recover_again(QemuMig *mig);

/* migrate-direct.c: to a QEMU without a daemon. */
bool qmig_direct(VirConn *client, const MigratePerformIn *in, GError **err);

/* migrate-p2p.c: all phases, driven from here. */
bool qmig_p2p(VirConn *client, const MigratePerformIn *in, GError **err);
/* The client has gone: whatever it left open is closed, by rule. Never waits; any thread. */
void qmig_drop(QemuMig *mig);

/* migrate-confirm.c: carries out where the guest is; a phase is open (or nobody else can open one). */
bool qmig_source_resume(QemuMig *mig, const char *why, GError **err);
bool qmig_source_kill(QemuMig *mig, GError **err);
void qmig_forget_definition(QemuDomain *dom);
/* The source's state after a failure before the guest was sent. */
void qmig_source_roll_back(QemuMig *mig, QmpClient *qmp);

/* migrate-doubt.c */
/* Any thread. Starts asking; the verdict arrives in mig->doubt. */
void qmig_doubt_ask(QemuMig *mig);
/* Waits until the first answer, or until it is clear that there is none now. */
QmigDoubt qmig_doubt_wait(QemuMig *mig);
/* Nobody will come: ask and carry out the answer in the background. */
void qmig_doubt_settle_alone(QemuMig *mig);
void qmig_doubt_stop(QemuMig *mig);
/* The operator says that the destination does not run the guest. */
bool qmig_doubt_force(QemuMig *mig, GError **err);

/* What is in doubt, for whoever wants to migrate the guest; NULL: nothing. dom->lock held. Caller frees. */
char *qmig_in_the_way(QemuDomain *dom);

/* migrate-endpoint.c */
/* The former daemon's port; tried again until it is free. Starting thread. */
void    qmig_endpoint_reopen(QmigHost *host);
void    qmig_endpoint_stop(QmigHost *host);
/* Opens the witness when it is not open yet; best effort: 0 without one. */
guint16 qmig_host_witness_port(QmigHost *host);

/* migrate-host.c */
void    qmig_host_add_arrival(QmigHost *host, QemuMig *mig);
void    qmig_host_remove_arrival(QmigHost *host, QemuMig *mig);
/* why NULL: its QEMU said nothing of its own. */
void    qmig_host_note_fallen(QmigHost *host, const char *name, const char *why);
/* false: no such arrival has died. *ret_why: caller frees. */
bool    qmig_host_take_fallen(QmigHost *host, const char *name, char **ret_why);
/* Takes entry; copies stats. */
void qmig_host_write_outcome(QmigHost *host, JournalEntry *entry, const MigStats *stats);

/* migrate-tls.c */
/* Does this host migrate so, encrypted or not? */
bool qmig_tls_check_policy(const QemuConfig *config, guint32 flags, GError **err);
/* Arguments of object-add; the files have been looked at. */
JsonObject *qmig_tls_object(QmigHost *host, KnobSide side, GError **err);
/* Adds what makes a migration use the object. hostname NULL: nobody's name is checked. */
void qmig_tls_params(JsonObject **args, const char *hostname);
/* Source: gives QEMU the object, if the migration is to be encrypted. Nothing else has been changed if it fails. */
struct ViaSrc;
bool qmig_tls_open_source(QemuMig *mig, QmpClient *qmp, const Params *params, const struct ViaSrc *via, GError **err);
/* Takes it away again, if there is one; does not wait. */
void qmig_tls_remove(QemuMig *mig, QmpClient *qmp);

/* migrate-line.c. Any thread. */
/* Source: keeps a copy of fd, which QEMU has been given and is about to shake hands on. */
bool qmig_line_hold(QemuMig *mig, int fd, GError **err);
/* The handshake is over: only QEMU's end counts again. */
void qmig_line_release(QemuMig *mig);
/* mig->lock held. Whoever is in the middle of a handshake fails at once. */
void qmig_line_break(QemuMig *mig);

/* via-unix.c: removes the file that a QEMU of ours has left, if nobody listens there. Accepts NULL. */
void via_unix_remove(const char *path);

/* Typed parameter, borrowed; NULL: not given. */
const char *qmig_param_string(const Params *params, const char *name);
