/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * A channel filter that does to the bytes what networks and bad peers do: splits, delays, corrupts, cuts. What it does when
 * is a schedule of rows; a delay is a number of attempts that find nothing, never a time. Test code only.
 */
#pragma once

#include "rpc/chan.h"

typedef enum {
    FAULT_SPLIT,   /* no more than n bytes at once */
    FAULT_DELAY,   /* n attempts say "again" */
    FAULT_CORRUPT, /* the byte at this place is XORed with n */
    FAULT_CUT,     /* end of file */
} FaultKind;

/* Applies from the byte at (counted per direction) on; SPLIT until the next row, the others once. */
typedef struct {
    gsize     at;
    FaultKind kind;
    guint     n;
} Fault;

/* Takes below; faults (ascending by at, n_reads of them for reading, then n_writes for writing) are borrowed. */
Chan *chan_new_faulty(Chan *below, const Fault *reads, gsize n_reads, const Fault *writes, gsize n_writes);
