/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Everything that a caller can turn on a migration, one row per VIR_MIGRATE_* flag and typed parameter.
 *
 * Read by the argument check (knobs-check.c), the QEMU driver (capabilities, parameters), the command line (options,
 * help, completion), the documentation generator and the tests. Adding a knob is adding a row. QEMU's names are data
 * here; nothing in this room talks to QEMU. This header and knobs.c need include/ and GLib only, so that tools may
 * compile them in. All of it is constant: any thread.
 */
#pragma once

#include <stdbool.h>

#include <glib.h>
#include <libvirt/libvirt.h>

typedef enum { KNOB_FLAG, KNOB_INT, KNOB_ULL, KNOB_STR, KNOB_STR_LIST, KNOB_KIND_LAST } KnobKind;

/* Who applies it (bits). A flag without KNOB_DEST is taken off the destination's flags; a parameter without it is
 * not passed on by a peer-to-peer source. */
typedef enum { KNOB_SOURCE = 1 << 0, KNOB_DEST = 1 << 1, KNOB_BOTH = KNOB_SOURCE | KNOB_DEST } KnobSide;

/* What a transport must be able to do for a knob; a via row says what it can. */
enum {
    VIA_MULTIFD  = 1 << 0, /* several connections */
    VIA_POSTCOPY = 1 << 1, /* data flows back */
    VIA_TLS      = 1 << 2,
    VIA_URI      = 1 << 3, /* has an address of its own */
    VIA_STORAGE  = 1 << 4, /* a second connection for disks */
    VIA_ZEROCOPY = 1 << 5,
    VIA_PINNED   = 1 << 6, /* RDMA */
};

typedef enum {
    KNOB_OFFERED,
    KNOB_LATER, /* known, refused with libvirt's "unsupported" until the driver can do it */
} KnobStatus;

/* How the command line takes the value. */
typedef enum {
    CLI_PLAIN, /* as the kind says */
    CLI_FILE,  /* a file name; the value is its content */
    CLI_LIST,  /* comma-separated; the parameter is repeated */
    CLI_LAST
} KnobCli;

typedef struct {
    const char *name;      /* typed parameter on the API and on the wire; NULL: a flag only */
    guint32     flag;      /* VIR_MIGRATE_* bit; 0: a parameter */
    const char *flag_name; /* "VIR_MIGRATE_LIVE" */
    KnobKind    kind;      /* type of the value */
    guint64     unit;      /* QEMU value = API value × unit; 0: 1 */
    const char *cap;       /* QEMU capability switched on */
    const char *par;       /* QEMU parameter set; a row of mig_qemu_params */
    KnobSide    qemu_side; /* whose QEMU gets cap or par */
    KnobSide    side;
    unsigned    needs;     /* VIA_* bits */
    guint32     only_with; /* tuning: refused unless this flag is set ... */
    guint32     only_comp; /* ... or this MIG_COMP_* method asked for ... */
    const char *unless_on; /* ... with this sentence */
    guint64     min, max;  /* both 0: any value */
    bool        v3;        /* can be said in the dialect without typed parameters */
    KnobStatus  status;
    const char *cli;       /* option of "migrate", without dashes; NULL: none */
    KnobCli     cli_kind;
    const char *help;      /* untranslated; N_() */
    const char *since;     /* libvirt version */
} MigKnob;

extern const MigKnob mig_knobs[];
extern const guint   mig_knobs_n;

/* All flags with a row; what verb_check_flags() allows. */
guint32 mig_knobs_all_flags(void);
/* The bits that the destination is not told. */
guint32 mig_knobs_source_flags(void);

const MigKnob *mig_knob_by_name(const char *param);
const MigKnob *mig_knob_by_flag(guint32 flag);
const MigKnob *mig_knob_by_cli(const char *option);
/* VIR_TYPED_PARAM_* for the kind; 0 for a flag. */
int mig_knob_type(const MigKnob *knob);
/* The parameter is present, or the flag set. */
bool mig_knob_is_set(const MigKnob *knob, const virTypedParameter *params, int n, guint32 flags);

/* Compression methods, the values of VIR_MIGRATE_PARAM_COMPRESSION. */
enum {
    MIG_COMP_XBZRLE = 1 << 0,
    MIG_COMP_MT     = 1 << 1,
    MIG_COMP_ZLIB   = 1 << 2,
    MIG_COMP_ZSTD   = 1 << 3,
};

typedef struct {
    const char *name;
    guint32     bit;       /* MIG_COMP_* */
    const char *cap;       /* QEMU capability; NULL: none */
    const char *multifd;   /* value of QEMU's multifd-compression; NULL: not for parallel migration */
    guint32     only_with; /* flag needed */
} MigCompression;

extern const MigCompression mig_compressions[];
extern const guint          mig_compressions_n;

/* MIG_COMP_* bits asked for by the parameter; VIR_MIGRATE_COMPRESSED without any means xbzrle. Unknown methods and
 * repetitions are left to mig_knobs_check(). */
guint32 mig_compression_bits(const virTypedParameter *params, int n, guint32 flags);

/* QEMU's migration capabilities in the order in which libvirt sends and lists them. */
typedef struct {
    const char *name;
    KnobSide    always;     /* on without being asked for (return-path: unless tunnelled) */
    KnobSide    cookie_auto;/* listed with auto='yes' in the cookie of this side */
} MigCap;

extern const MigCap mig_caps[];
extern const guint  mig_caps_n;

/* Bit i set: mig_caps[i] is on at this side. */
guint32 mig_caps_wanted(const virTypedParameter *params, int n, guint32 flags, KnobSide side);
int     mig_cap_index(const char *name); /* -1: not one of ours */

/* QEMU's migration parameters that a migration may change, in libvirt's order inside migrate-set-parameters. They
 * are read before a migration and written back after it. */
typedef struct {
    const char *name;
    KnobKind    kind; /* KNOB_INT, KNOB_ULL, KNOB_STR; KNOB_FLAG: a JSON boolean */
} MigQemuParam;

extern const MigQemuParam mig_qemu_params[];
extern const guint        mig_qemu_params_n;

typedef struct {
    const MigQemuParam *param;
    guint64             number;
    const char         *text; /* KNOB_STR: borrowed from the typed parameters or the tables */
} MigQemuValue;

/* More than any migration sets. */
#define MIG_QEMU_VALUES_MAX 32

/* What params and flags set at this side, in the order of mig_qemu_params. bandwidth 0 ("no limit of its own") is
 * left out. Returns how many. Call after mig_knobs_check(): values are not judged again. */
guint mig_qemu_values(const virTypedParameter *params, int n, guint32 flags, KnobSide side,
                      MigQemuValue ret[MIG_QEMU_VALUES_MAX]);

/* VIA_* bits that the transport must have for these. */
unsigned mig_knobs_needs(const virTypedParameter *params, int n, guint32 flags);
