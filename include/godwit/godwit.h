/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * What libgodwit offers beyond libvirt's API: what a migration that this thread drove did phase by phase and where it
 * left the guest, and a forecast of a running one. Any thread.
 */
#ifndef GODWIT_GODWIT_H
# define GODWIT_GODWIT_H

# include <libvirt/libvirt.h>

# ifdef __cplusplus
extern "C" {
# endif

/* Where the guest is after virDomainMigrate*() returned. */
typedef enum {
    GODWIT_MIGRATE_STAYED   = 0, /* at the source */
    GODWIT_MIGRATE_ARRIVED  = 1, /* at the destination */
    GODWIT_MIGRATE_IN_DOUBT = 2  /* the destination's last answer was lost; the source waits, paused */
} godwitMigrateResult;

/* Flags of virDomainAbortJobFlags() that only a godwitd knows. */
typedef enum {
    /* Ends the doubt about a migration whose destination will never answer: its copy is gone for good, this one may
     * go on. Wrong if that host is alive: two copies would run. */
    GODWIT_ABORT_JOB_DESTINATION_LOST = 1 << 30
} godwitAbortJobFlags;

typedef enum {
    GODWIT_PHASE_SKIPPED   = 0,
    GODWIT_PHASE_DONE      = 1,
    GODWIT_PHASE_FAILED    = 2,
    GODWIT_PHASE_CANCELLED = 3 /* told to undo its part */
} godwitMigratePhaseState;

typedef struct _godwitMigratePhase godwitMigratePhase;
struct _godwitMigratePhase {
    const char        *name;  /* "begin", "prepare", "perform", "finish", "confirm"; static */
    int                state; /* godwitMigratePhaseState */
    unsigned long long micros;
};

int godwitMigrateLastPhases(godwitMigratePhase *phases, int max);
int godwitMigrateLastResult(void);

typedef struct _godwitForecaster *godwitForecasterPtr;

typedef struct _godwitForecast godwitForecast;
struct _godwitForecast {
    int                known;     /* 0: not enough numbers yet, nothing else counts */
    int                converges; /* 0: the guest dirties memory faster than it is sent */
    unsigned int       percent;   /* of the whole way; never falls */
    unsigned long long leftMs;    /* until the end, when it converges */
    unsigned long long pauseMs;   /* that the guest will stand still */
};

godwitForecasterPtr godwitForecastNew(unsigned long long downtimeLimit);
int                 godwitForecastUpdate(godwitForecasterPtr forecaster, int type, virTypedParameterPtr params,
                                         int nparams, godwitForecast *forecast);
void                godwitForecastFree(godwitForecasterPtr forecaster);

# ifdef __cplusplus
}
# endif

#endif /* GODWIT_GODWIT_H */
