/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "migration/knobs.h"

#include <string.h>

#define MIB (1024 * 1024ULL)
#define N_(text) (text)
#define FLAG(bit) .flag = VIR_MIGRATE_##bit, .flag_name = "VIR_MIGRATE_" #bit, .kind = KNOB_FLAG
#define PARAM(id) .name = VIR_MIGRATE_PARAM_##id

/* Parameters stand in the order in which a peer-to-peer source passes them on. */
const MigKnob mig_knobs[] = {
    { FLAG(LIVE), .side = KNOB_BOTH, .cli = "live", .since = "0.3.2", .v3 = true,
      .help = N_("keep the guest running while its memory is copied") },
    { FLAG(PEER2PEER), .side = KNOB_BOTH, .cli = "p2p", .since = "0.7.2", .v3 = true,
      .help = N_("let the source host drive the migration over a connection of its own") },
    { FLAG(TUNNELLED), .side = KNOB_BOTH, .cli = "tunnelled", .since = "0.7.2", .v3 = true,
      .help = N_("send the memory through the connection between the two daemons") },
    { FLAG(PERSIST_DEST), .side = KNOB_BOTH, .cli = "persistent", .since = "0.7.3", .v3 = true,
      .help = N_("make the domain persistent on the destination") },
    { FLAG(UNDEFINE_SOURCE), .side = KNOB_BOTH, .cli = "undefinesource", .since = "0.7.3", .v3 = true,
      .help = N_("remove the persistent definition from the source") },
    { FLAG(PAUSED), .side = KNOB_BOTH, .cli = "suspend", .since = "0.7.5", .v3 = true,
      .help = N_("leave the domain paused on the destination") },
    { FLAG(NON_SHARED_DISK), .side = KNOB_BOTH, .needs = VIA_STORAGE, .cli = "copy-storage-all", .since = "0.8.2",
      .v3 = true, .status = KNOB_LATER, .help = N_("copy the disks completely; the hosts do not share storage") },
    { FLAG(NON_SHARED_INC), .side = KNOB_BOTH, .needs = VIA_STORAGE, .cli = "copy-storage-inc", .since = "0.8.2",
      .v3 = true, .status = KNOB_LATER,
      .help = N_("copy the top image of each disk; the base images are shared or in place") },
    { FLAG(CHANGE_PROTECTION), .side = KNOB_SOURCE, .cli = "change-protection", .since = "0.9.4", .v3 = true,
      .help = N_("refuse changes to the domain until the migration has ended") },
    { FLAG(UNSAFE), .side = KNOB_BOTH, .cli = "unsafe", .since = "0.9.11", .v3 = true,
      .help = N_("migrate even where disks or their caches make it unsafe") },
    { FLAG(OFFLINE), .side = KNOB_BOTH, .cli = "offline", .since = "1.0.1", .v3 = true,
      .help = N_("move the definition only, without a running guest") },
    { FLAG(COMPRESSED), .side = KNOB_BOTH, .cli = "compressed", .since = "1.0.3", .v3 = true,
      .help = N_("compress pages that are sent again") },
    { FLAG(ABORT_ON_ERROR), .side = KNOB_SOURCE, .cli = "abort-on-error", .since = "1.1.0", .v3 = true,
      .help = N_("give up when a disk of the guest reports an I/O error") },
    { FLAG(AUTO_CONVERGE), .cap = "auto-converge", .qemu_side = KNOB_SOURCE, .side = KNOB_SOURCE, .cli = "auto-converge", .since = "1.2.3",
      .v3 = true, .help = N_("slow the guest's CPUs down until its memory can be copied in time") },
    { FLAG(RDMA_PIN_ALL), .cap = "rdma-pin-all", .qemu_side = KNOB_BOTH, .side = KNOB_BOTH, .cli = "rdma-pin-all",
      .since = "1.2.9", .v3 = true, .help = N_("pin all memory before an RDMA migration") },
    { FLAG(POSTCOPY), .cap = "postcopy-ram", .qemu_side = KNOB_BOTH, .side = KNOB_BOTH, .needs = VIA_POSTCOPY, .cli = "postcopy",
      .since = "1.3.3", .v3 = true, .status = KNOB_LATER,
      .help = N_("allow a switch to post-copy (migrate-postcopy)") },
    { FLAG(TLS), .side = KNOB_BOTH, .needs = VIA_TLS, .cli = "tls", .since = "3.2.0", .v3 = true,
      .help = N_("encrypt the migration with TLS") },
    { FLAG(PARALLEL), .cap = "multifd", .qemu_side = KNOB_BOTH, .side = KNOB_BOTH, .needs = VIA_MULTIFD, .cli = "parallel",
      .since = "5.2.0", .v3 = true, .help = N_("send the memory over several connections") },
    { FLAG(NON_SHARED_SYNCHRONOUS_WRITES), .side = KNOB_BOTH, .cli = "copy-storage-synchronous-writes",
      .since = "8.0.0", .v3 = true, .status = KNOB_LATER,
      .help = N_("let guest writes wait for the destination while disks are copied") },
    { FLAG(POSTCOPY_RESUME), .side = KNOB_BOTH, .needs = VIA_POSTCOPY, .cli = "postcopy-resume", .since = "8.5.0",
      .v3 = true, .status = KNOB_LATER, .help = N_("go on with a post-copy migration that broke off") },
    { FLAG(ZEROCOPY), .cap = "zero-copy-send", .qemu_side = KNOB_SOURCE, .side = KNOB_BOTH, .needs = VIA_ZEROCOPY,
      .cli = "zerocopy", .since = "8.5.0", .v3 = true, .status = KNOB_LATER,
      .help = N_("send pages without copying them in the kernel") },

    { PARAM(DEST_XML), .kind = KNOB_STR, .side = KNOB_BOTH, .cli = "xml", .cli_kind = CLI_FILE, .since = "1.1.0",
      .v3 = true, .help = N_("file with the domain XML to use on the destination") },
    { PARAM(DEST_NAME), .kind = KNOB_STR, .side = KNOB_BOTH, .cli = "dname", .since = "1.1.0", .v3 = true,
      .help = N_("name of the domain on the destination") },
    { PARAM(URI), .kind = KNOB_STR, .side = KNOB_BOTH, .needs = VIA_URI, .cli = "migrateuri", .since = "1.1.0",
      .v3 = true, .help = N_("where the source's hypervisor connects; usually chosen by the destination") },
    { PARAM(BANDWIDTH), .kind = KNOB_ULL, .unit = MIB, .par = "max-bandwidth", .qemu_side = KNOB_SOURCE, .side = KNOB_BOTH,
      .cli = "bandwidth", .since = "1.1.0", .v3 = true, .help = N_("limit in MiB/s") },
    { PARAM(GRAPHICS_URI), .kind = KNOB_STR, .side = KNOB_BOTH, .cli = "graphicsuri", .since = "1.1.0",
      .help = N_("where viewers of the guest's SPICE screen should reconnect") },
    { PARAM(LISTEN_ADDRESS), .kind = KNOB_STR, .side = KNOB_BOTH, .needs = VIA_URI, .cli = "listen-address",
      .since = "1.1.4", .help = N_("address on which the destination waits for the source") },
    { PARAM(MIGRATE_DISKS), .kind = KNOB_STR_LIST, .side = KNOB_BOTH, .cli = "migrate-disks", .cli_kind = CLI_LIST,
      .since = "1.2.17", .help = N_("comma-separated targets of the disks to copy") },
    { PARAM(MIGRATE_DISKS_DETECT_ZEROES), .kind = KNOB_STR_LIST, .side = KNOB_BOTH,
      .cli = "migrate-disks-detect-zeroes", .cli_kind = CLI_LIST, .since = "10.9.0", .status = KNOB_LATER,
      .help = N_("comma-separated targets of the disks whose zeroes are not written") },
    { PARAM(DISKS_PORT), .kind = KNOB_INT, .side = KNOB_BOTH, .min = 0, .max = 65535, .cli = "disks-port",
      .since = "1.3.3", .help = N_("port on which the destination takes the disks") },
    { PARAM(DISKS_URI), .kind = KNOB_STR, .side = KNOB_BOTH, .cli = "disks-uri", .since = "6.8.0",
      .help = N_("where the destination takes the disks; replaces --disks-port") },
    { PARAM(COMPRESSION), .kind = KNOB_STR_LIST, .side = KNOB_BOTH, .cli = "comp-methods", .cli_kind = CLI_LIST,
      .since = "1.3.4", .help = N_("comma-separated compression methods: xbzrle, mt, zlib, zstd") },
    { PARAM(COMPRESSION_MT_LEVEL), .kind = KNOB_INT, .par = "compress-level", .qemu_side = KNOB_SOURCE, .side = KNOB_BOTH,
      .only_comp = MIG_COMP_MT, .unless_on = N_("Turn multithread compression on to tune it"), .max = 9,
      .cli = "comp-mt-level", .since = "1.3.4", .help = N_("level of multithread compression, 0 to 9") },
    { PARAM(COMPRESSION_MT_THREADS), .kind = KNOB_INT, .par = "compress-threads", .qemu_side = KNOB_SOURCE, .side = KNOB_BOTH,
      .only_comp = MIG_COMP_MT, .unless_on = N_("Turn multithread compression on to tune it"), .min = 1, .max = 255,
      .cli = "comp-mt-threads", .since = "1.3.4", .help = N_("threads that compress") },
    { PARAM(COMPRESSION_MT_DTHREADS), .kind = KNOB_INT, .par = "decompress-threads", .qemu_side = KNOB_DEST, .side = KNOB_BOTH,
      .only_comp = MIG_COMP_MT, .unless_on = N_("Turn multithread compression on to tune it"), .min = 1, .max = 255,
      .cli = "comp-mt-dthreads", .since = "1.3.4", .help = N_("threads that decompress") },
    { PARAM(COMPRESSION_XBZRLE_CACHE), .kind = KNOB_ULL, .par = "xbzrle-cache-size", .qemu_side = KNOB_BOTH, .side = KNOB_BOTH,
      .only_comp = MIG_COMP_XBZRLE, .unless_on = N_("Turn xbzrle compression on to tune it"),
      .cli = "comp-xbzrle-cache", .since = "1.3.4", .help = N_("bytes of page cache for xbzrle, a power of two") },
    { PARAM(COMPRESSION_ZLIB_LEVEL), .kind = KNOB_INT, .par = "multifd-zlib-level", .qemu_side = KNOB_BOTH, .side = KNOB_BOTH,
      .only_comp = MIG_COMP_ZLIB, .unless_on = N_("Turn zlib compression on to tune it"), .max = 9,
      .cli = "compression-zlib-level", .since = "9.4.0", .help = N_("level of zlib compression, 0 to 9") },
    { PARAM(COMPRESSION_ZSTD_LEVEL), .kind = KNOB_INT, .par = "multifd-zstd-level", .qemu_side = KNOB_BOTH, .side = KNOB_BOTH,
      .only_comp = MIG_COMP_ZSTD, .unless_on = N_("Turn zstd compression on to tune it"), .max = 20,
      .cli = "compression-zstd-level", .since = "9.4.0", .help = N_("level of zstd compression, 0 to 20") },
    { PARAM(BANDWIDTH_POSTCOPY), .kind = KNOB_ULL, .unit = MIB, .par = "max-postcopy-bandwidth", .qemu_side = KNOB_SOURCE, .side = KNOB_BOTH,
      .max = 17592186044415, .cli = "postcopy-bandwidth", .since = "5.1.0", .help = N_("post-copy limit in MiB/s") },
    { PARAM(BANDWIDTH_AVAIL_SWITCHOVER), .kind = KNOB_ULL, .unit = MIB, .par = "avail-switchover-bandwidth", .qemu_side = KNOB_SOURCE,
      .side = KNOB_SOURCE, .max = 17592186044415, .cli = "available-switchover-bandwidth", .since = "10.9.0",
      .help = N_("MiB/s to count on when the pause is estimated") },
    { PARAM(PARALLEL_CONNECTIONS), .kind = KNOB_INT, .par = "multifd-channels", .qemu_side = KNOB_BOTH, .side = KNOB_BOTH,
      .only_with = VIR_MIGRATE_PARALLEL, .unless_on = N_("Turn parallel migration on to tune it"), .min = 1,
      .max = 255, .cli = "parallel-connections", .since = "5.2.0", .help = N_("connections for --parallel, 1 to 255") },

    /* These stay on the source. */
    { PARAM(PERSIST_XML), .kind = KNOB_STR, .side = KNOB_SOURCE, .cli = "persistent-xml", .cli_kind = CLI_FILE,
      .since = "1.3.4", .help = N_("file with the persistent definition for the destination") },
    { PARAM(AUTO_CONVERGE_INITIAL), .kind = KNOB_INT, .par = "cpu-throttle-initial", .qemu_side = KNOB_SOURCE, .side = KNOB_SOURCE,
      .only_with = VIR_MIGRATE_AUTO_CONVERGE, .unless_on = N_("Turn auto convergence on to tune it"), .min = 1,
      .max = 99, .cli = "auto-converge-initial", .since = "2.0.0", .help = N_("first slow-down in percent, 1 to 99") },
    { PARAM(AUTO_CONVERGE_INCREMENT), .kind = KNOB_INT, .par = "cpu-throttle-increment", .qemu_side = KNOB_SOURCE, .side = KNOB_SOURCE,
      .only_with = VIR_MIGRATE_AUTO_CONVERGE, .unless_on = N_("Turn auto convergence on to tune it"), .min = 1,
      .max = 99, .cli = "auto-converge-increment", .since = "2.0.0",
      .help = N_("percent added to the slow-down at a time, 1 to 99") },
    { PARAM(TLS_DESTINATION), .kind = KNOB_STR, .side = KNOB_SOURCE, .cli = "tls-destination",
      .since = "6.0.0", .help = N_("host name that the destination's certificate must carry") },
};
const guint mig_knobs_n = G_N_ELEMENTS(mig_knobs);

const MigCompression mig_compressions[] = {
    /* name     bit              capability  multifd  needs */
    { "xbzrle", MIG_COMP_XBZRLE, "xbzrle",   NULL,    0 },
    { "mt",     MIG_COMP_MT,     "compress", NULL,    0 },
    { "zlib",   MIG_COMP_ZLIB,   NULL,       "zlib",  VIR_MIGRATE_PARALLEL },
    { "zstd",   MIG_COMP_ZSTD,   NULL,       "zstd",  VIR_MIGRATE_PARALLEL },
};
const guint mig_compressions_n = G_N_ELEMENTS(mig_compressions);

const MigCap mig_caps[] = {
    { "xbzrle", 0, 0 },
    { "auto-converge", 0, 0 },
    { "rdma-pin-all", 0, 0 },
    { "postcopy-ram", 0, 0 },
    { "compress", 0, 0 },
    { "pause-before-switchover", KNOB_SOURCE, KNOB_SOURCE },
    { "late-block-activate", KNOB_DEST, KNOB_DEST },
    { "multifd", 0, 0 },
    { "dirty-bitmaps", 0, 0 },
    { "return-path", KNOB_BOTH, 0 },
    { "zero-copy-send", 0, 0 },
};
const guint mig_caps_n = G_N_ELEMENTS(mig_caps);

const MigQemuParam mig_qemu_params[] = {
    { "compress-level", KNOB_INT },
    { "compress-threads", KNOB_INT },
    { "decompress-threads", KNOB_INT },
    { "cpu-throttle-initial", KNOB_INT },
    { "cpu-throttle-increment", KNOB_INT },
    { "tls-creds", KNOB_STR },
    { "tls-hostname", KNOB_STR },
    { "max-bandwidth", KNOB_ULL },
    { "downtime-limit", KNOB_ULL },
    { "block-incremental", KNOB_FLAG },
    { "xbzrle-cache-size", KNOB_ULL },
    { "max-postcopy-bandwidth", KNOB_ULL },
    { "multifd-channels", KNOB_INT },
    { "multifd-compression", KNOB_STR },
    { "multifd-zlib-level", KNOB_INT },
    { "multifd-zstd-level", KNOB_INT },
    { "avail-switchover-bandwidth", KNOB_ULL },
};
const guint mig_qemu_params_n = G_N_ELEMENTS(mig_qemu_params);

guint32
mig_knobs_all_flags(void)
{
    guint32 all = 0;

    for (guint i = 0; i < mig_knobs_n; i++)
        all |= mig_knobs[i].flag;
    return all;
}

guint32
mig_knobs_source_flags(void)
{
    guint32 stay = 0;

    for (guint i = 0; i < mig_knobs_n; i++) {
        if (!(mig_knobs[i].side & KNOB_DEST))
            stay |= mig_knobs[i].flag;
    }
    return stay;
}

const MigKnob *
mig_knob_by_name(const char *param)
{
    for (guint i = 0; i < mig_knobs_n; i++) {
        if (mig_knobs[i].name && strcmp(mig_knobs[i].name, param) == 0)
            return &mig_knobs[i];
    }
    return NULL;
}

const MigKnob *
mig_knob_by_flag(guint32 flag)
{
    for (guint i = 0; i < mig_knobs_n; i++) {
        if (mig_knobs[i].flag && mig_knobs[i].flag == flag)
            return &mig_knobs[i];
    }
    return NULL;
}

const MigKnob *
mig_knob_by_cli(const char *option)
{
    for (guint i = 0; i < mig_knobs_n; i++) {
        if (mig_knobs[i].cli && strcmp(mig_knobs[i].cli, option) == 0)
            return &mig_knobs[i];
    }
    return NULL;
}

int
mig_knob_type(const MigKnob *knob)
{
    static const int types[KNOB_KIND_LAST] = {
        [KNOB_INT] = VIR_TYPED_PARAM_INT,
        [KNOB_ULL] = VIR_TYPED_PARAM_ULLONG,
        [KNOB_STR] = VIR_TYPED_PARAM_STRING,
        [KNOB_STR_LIST] = VIR_TYPED_PARAM_STRING,
    };

    return types[knob->kind];
}

static const virTypedParameter *
find_param(const virTypedParameter *params, int n, const char *name)
{
    for (int i = 0; i < n; i++) {
        if (strcmp(params[i].field, name) == 0)
            return &params[i];
    }
    return NULL;
}

bool
mig_knob_is_set(const MigKnob *knob, const virTypedParameter *params, int n, guint32 flags)
{
    if (knob->flag)
        return flags & knob->flag;
    return find_param(params, n, knob->name) != NULL;
}

guint32
mig_compression_bits(const virTypedParameter *params, int n, guint32 flags)
{
    guint32 bits = 0;

    for (int i = 0; i < n; i++) {
        if (strcmp(params[i].field, VIR_MIGRATE_PARAM_COMPRESSION) != 0 ||
            params[i].type != VIR_TYPED_PARAM_STRING)
            continue;
        for (guint k = 0; k < mig_compressions_n; k++) {
            if (g_strcmp0(params[i].value.s, mig_compressions[k].name) == 0)
                bits |= mig_compressions[k].bit;
        }
    }
    if (bits == 0 && (flags & VIR_MIGRATE_COMPRESSED))
        bits = MIG_COMP_XBZRLE;
    return bits;
}

int
mig_cap_index(const char *name)
{
    for (guint i = 0; i < mig_caps_n; i++) {
        if (strcmp(mig_caps[i].name, name) == 0)
            return (int)i;
    }
    return -1;
}

guint32
mig_caps_wanted(const virTypedParameter *params, int n, guint32 flags, KnobSide side)
{
    guint32 comp = mig_compression_bits(params, n, flags);
    guint32 caps = 0;

    for (guint i = 0; i < mig_caps_n; i++) {
        if (mig_caps[i].always & side)
            caps |= 1u << i;
    }
    if (flags & VIR_MIGRATE_TUNNELLED)
        caps &= ~(1u << mig_cap_index("return-path"));
    for (guint i = 0; i < mig_knobs_n; i++) {
        const MigKnob *knob = &mig_knobs[i];

        if (knob->cap && (knob->qemu_side & side) && mig_knob_is_set(knob, params, n, flags))
            caps |= 1u << mig_cap_index(knob->cap);
    }
    for (guint i = 0; i < mig_compressions_n; i++) {
        if ((comp & mig_compressions[i].bit) && mig_compressions[i].cap)
            caps |= 1u << mig_cap_index(mig_compressions[i].cap);
    }
    return caps;
}

static const char *
multifd_method(guint32 comp)
{
    for (guint i = 0; i < mig_compressions_n; i++) {
        if (comp & mig_compressions[i].bit && mig_compressions[i].multifd)
            return mig_compressions[i].multifd;
    }
    return NULL;
}

/* The knob that sets this QEMU parameter here, if the caller turned it. */
static const MigKnob *
knob_for_qemu(const char *par, const virTypedParameter *params, int n, KnobSide side)
{
    for (guint i = 0; i < mig_knobs_n; i++) {
        const MigKnob *knob = &mig_knobs[i];

        if (knob->par && strcmp(knob->par, par) == 0 && (knob->qemu_side & side) &&
            find_param(params, n, knob->name))
            return knob;
    }
    return NULL;
}

static bool
read_value(const MigKnob *knob, const virTypedParameter *param, MigQemuValue *ret)
{
    guint64 unit = knob->unit ? knob->unit : 1;

    switch (knob->kind) {
    case KNOB_INT:
        ret->number = (guint64)param->value.i * unit;
        return true;
    case KNOB_ULL:
        /* QEMU's sizes are signed: a limit beyond them means no limit. */
        ret->number = param->value.ul > G_MAXINT64 / unit ? G_MAXINT64 / unit * unit : param->value.ul * unit;
        return strcmp(knob->name, VIR_MIGRATE_PARAM_BANDWIDTH) != 0 || param->value.ul != 0;
    default:
        ret->text = param->value.s;
        return true;
    }
}

guint
mig_qemu_values(const virTypedParameter *params, int n, guint32 flags, KnobSide side,
                MigQemuValue ret[MIG_QEMU_VALUES_MAX])
{
    const char *method = multifd_method(mig_compression_bits(params, n, flags));
    guint count = 0;

    G_STATIC_ASSERT(G_N_ELEMENTS(mig_qemu_params) <= MIG_QEMU_VALUES_MAX);
    for (guint i = 0; i < mig_qemu_params_n; i++) {
        const MigQemuParam *par = &mig_qemu_params[i];
        const MigKnob *knob = knob_for_qemu(par->name, params, n, side);
        MigQemuValue value = { .param = par };

        if (strcmp(par->name, "multifd-compression") == 0 && method) {
            value.text = method;
            ret[count++] = value;
        } else if (knob && read_value(knob, find_param(params, n, knob->name), &value)) {
            ret[count++] = value;
        }
    }
    return count;
}

unsigned
mig_knobs_needs(const virTypedParameter *params, int n, guint32 flags)
{
    unsigned needs = 0;

    for (guint i = 0; i < mig_knobs_n; i++) {
        if (mig_knob_is_set(&mig_knobs[i], params, n, flags))
            needs |= mig_knobs[i].needs;
    }
    return needs;
}
