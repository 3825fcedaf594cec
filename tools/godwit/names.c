/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Numbers of the API as words; indexed by value. */
#include "shell.h"

#define NAMED(table, at) ((at) >= 0 && (gsize)(at) < G_N_ELEMENTS(table) && (table)[at] ? _((table)[at]) : _("unknown"))

const char *
name_domain_state(int state)
{
    static const char *const names[] = { N_("no state"), N_("running"), N_("idle"), N_("paused"), N_("in shutdown"),
                                         N_("shut off"), N_("crashed"), N_("pmsuspended") };

    return NAMED(names, state);
}

const char *
name_domain_reason(int state, int reason)
{
    static const char *const running[] = {
        N_("unknown"), N_("booted"), N_("migrated"), N_("restored"), N_("from snapshot"), N_("unpaused"),
        N_("migration canceled"), N_("save canceled"), N_("event wakeup"), N_("crashed"), N_("post-copy"),
        N_("post-copy failed"),
    };
    static const char *const paused[] = {
        N_("unknown"), N_("user"), N_("migrating"), N_("saving"), N_("dumping"), N_("I/O error"), N_("watchdog"),
        N_("from snapshot"), N_("shutting down"), N_("creating snapshot"), N_("crashed"), N_("starting up"),
        N_("post-copy"), N_("post-copy failed"),
    };
    static const char *const shutdown[] = { N_("unknown"), N_("user") };
    static const char *const shutoff[] = {
        N_("unknown"), N_("shutdown"), N_("destroyed"), N_("crashed"), N_("migrated"), N_("saved"), N_("failed"),
        N_("from snapshot"), N_("daemon"),
    };
    static const char *const crashed[] = { N_("unknown"), N_("panicked") };

    switch (state) {
    case VIR_DOMAIN_RUNNING: return NAMED(running, reason);
    case VIR_DOMAIN_PAUSED: return NAMED(paused, reason);
    case VIR_DOMAIN_SHUTDOWN: return NAMED(shutdown, reason);
    case VIR_DOMAIN_SHUTOFF: return NAMED(shutoff, reason);
    case VIR_DOMAIN_CRASHED: return NAMED(crashed, reason);
    default: return _("unknown");
    }
}

const char *
name_job_type(int type)
{
    static const char *const names[] = { N_("None"), N_("Bounded"), N_("Unbounded"), N_("Completed"), N_("Failed"),
                                         N_("Cancelled") };

    return NAMED(names, type);
}

const char *
name_job_operation(int operation)
{
    static const char *const names[] = {
        N_("Unknown"), N_("Start"), N_("Save"), N_("Restore"), N_("Incoming migration"), N_("Outgoing migration"),
        N_("Snapshot"), N_("Snapshot revert"), N_("Dump"), N_("Backup"), N_("Snapshot delete"),
    };

    return NAMED(names, operation);
}

const char *
name_lifecycle(int event)
{
    static const char *const names[] = { N_("Defined"), N_("Undefined"), N_("Started"), N_("Suspended"), N_("Resumed"),
                                         N_("Stopped"), N_("Shutdown"), N_("PMSuspended"), N_("Crashed") };

    return NAMED(names, event);
}

const char *
name_lifecycle_detail(int event, int detail)
{
    static const char *const names[9][10] = {
        { N_("Added"), N_("Updated"), N_("Renamed"), N_("Snapshot") },
        { N_("Removed"), N_("Renamed") },
        { N_("Booted"), N_("Migrated"), N_("Restored"), N_("Snapshot"), N_("Event wakeup") },
        { N_("Paused"), N_("Migrated"), N_("I/O Error"), N_("Watchdog"), N_("Restored"), N_("Snapshot"),
          N_("API error"), N_("Post-copy"), N_("Post-copy Error") },
        { N_("Unpaused"), N_("Migrated"), N_("Snapshot"), N_("Post-copy"), N_("Post-copy Error") },
        { N_("Shutdown"), N_("Destroyed"), N_("Crashed"), N_("Migrated"), N_("Saved"), N_("Failed"), N_("Snapshot") },
        { N_("Finished"), N_("Finished after guest request"), N_("Finished after host request") },
        { N_("Memory"), N_("Disk") },
        { N_("Panicked"), N_("Crashloaded") },
    };

    if (event < 0 || (gsize)event >= G_N_ELEMENTS(names))
        return _("unknown");
    return NAMED(names[event], detail);
}

const char *
name_control_state(int state)
{
    static const char *const names[] = { N_("ok"), N_("background job"), N_("occupied"), N_("error") };

    return NAMED(names, state);
}

const char *
name_vcpu_state(int state)
{
    static const char *const names[] = { N_("offline"), N_("running"), N_("blocked") };

    return NAMED(names, state);
}
