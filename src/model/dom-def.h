/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * A domain definition: libvirt's domain XML as a struct, and what can be done with it without touching a host: read, print,
 * copy, complete (defaults, controllers, addresses), compare. It knows no files, no QEMU and no connections; what only the
 * host can tell comes in through DomCaps. No locks: a DomDef belongs to whoever holds it. Any thread.
 *
 * Every element of the XML is described once, by the rows in dom-rows-*.c: reading, printing, copying, freeing and the
 * ABI check walk the same rows, so a new attribute is one member here and one row there.
 *
 * Life of a definition: dom_def_parse() -> dom_def_complete() [defined; printed, stored] -> dom_def_copy() and
 * dom_def_prepare_live() [running] -> the driver fills in what QEMU answers (ptys, ports).
 */
#pragma once

#include "model/dom-device.h"
#include "util/err.h"

typedef struct { DomCpuPolicy policy; char *name; } DomCpuFeature;

typedef struct {
    int id;                     /* -1: by position */
    char *cpus;                 /* "0-1,3" */
    uint64_t memory_kib;
    DomMemAccess access;
    DomTri discard;
    int line;
} DomNumaCell;

typedef struct {
    DomCpuMode mode;
    DomCpuMatch match;
    DomCpuCheck check;
    DomTri migratable;
    char *model;
    DomCpuFallback fallback;
    char *vendor_id;
    char *vendor;
    unsigned sockets, dies, cores, threads;     /* all 0: no topology given */
    DomCpuCacheMode cache_mode;
    int cache_level;                            /* -1: none */
    GPtrArray *features;                        /* DomCpuFeature, in XML order */
    GPtrArray *cells;                           /* DomNumaCell */
    int line, numa_line;                        /* of the element in the XML, as everywhere here; 0: there is none */
} DomCpu;

typedef struct {
    DomTri relaxed, vapic, spinlocks, vpindex, runtime, synic, stimer, stimer_direct, reset, vendor_id, frequencies,
        reenlightenment, tlbflush, ipi, evmcs, avic;
    unsigned spinlocks_retries;
    char *vendor_id_value;
    char *mode;                 /* "custom" or "passthrough" */
    bool given;
} DomHyperv;

typedef struct {
    bool acpi, apic, pae;
    DomTri apic_eoi;
    DomHyperv hyperv;
    DomTri kvm_hidden, kvm_hint_dedicated, kvm_poll_control, kvm_pv_ipi;
    bool kvm_given;
    DomTri pmu, vmport, smm;
    char *ioapic_driver;        /* "qemu" or "kvm" */
    int line;
} DomFeatures;

typedef struct { DomBootDev dev; } DomBoot;
typedef struct { char *name; DomTri enabled; } DomFwFeature;

typedef struct {
    char *firmware;             /* "efi", "bios" or NULL; a running guest has the paths instead */
    char *arch;                 /* "x86_64" */
    char *machine;              /* canonical after dom_def_complete(): "pc-q35-7.2" */
    char *type;                 /* "hvm" */
    GPtrArray *fw_features;     /* DomFwFeature */
    char *loader, *loader_type; /* path; "rom" or "pflash" */
    DomTri loader_readonly, loader_secure;
    char *nvram, *nvram_template;
    char *kernel, *initrd, *cmdline, *dtb;
    GPtrArray *boot;            /* DomBoot, in order */
    DomTri bootmenu;
    unsigned bootmenu_timeout;
    DomTri bios_useserial;
    int reboot_timeout;         /* ms; -1: no reboot, as without it */
    char *smbios_mode;          /* "emulate", "host", "sysinfo" */
    int line;
} DomOs;

typedef struct {
    DomTimerName name;
    DomTri present;
    DomTickPolicy tickpolicy;
    DomTimerTrack track;
    uint64_t frequency;
    char *mode;                 /* tsc */
    int line;
} DomTimer;

typedef struct {
    DomClockOffset offset;
    int64_t adjustment;         /* seconds, offset variable */
    char *adjustment_reset;     /* utc, localtime: "reset" (as without it) or NULL */
    char *basis;                /* variable: "utc" or "localtime" */
    char *timezone;
    GPtrArray *timers;          /* DomTimer */
    int line;
} DomClock;

typedef struct { char *name; char *value; } DomSysinfoEntry;
typedef struct {
    char *type;                 /* "smbios"; NULL: none */
    GPtrArray *bios, *system, *base_board, *chassis;    /* DomSysinfoEntry */
    GPtrArray *oem_strings;                             /* DomSysinfoEntry, name unused */
    int line;
} DomSysinfo;

typedef struct {
    bool hugepages;
    uint64_t hugepage_kib;      /* 0: the host's default size */
    bool nosharepages, locked, discard;
    DomMemSource source;
    DomMemAccess access;
    char *allocation_mode;
    int line;
} DomMemBacking;

typedef struct {
    char *type, *model;
    DomTri relabel;
    char *label, *imagelabel, *baselabel;
    int line;
} DomSeclabel;

/* Where the scalars stand that a message may have to point at. */
typedef struct { int name, title, genid, memory, max_memory, vcpu, actions[3], emulator; } DomLines;

typedef struct DomDef {
    DomVirt virt;
    int id;                     /* -1: not running */
    char *name;
    unsigned char uuid[16];
    bool uuid_given;            /* false only between parse and complete */
    char *genid;
    char *title, *description;
    char *metadata;             /* the whole <metadata> element as XML text; NULL: none */
    uint64_t max_memory_kib;    /* <maxMemory>: hotplug limit; 0: none */
    unsigned memory_slots;
    uint64_t memory_kib;        /* <memory>: what the guest boots with, dimms included */
    uint64_t current_kib;       /* <currentMemory>: balloon target */
    DomTri dump_core;
    DomMemBacking membacking;
    char *vcpu_placement;       /* "static" */
    char *vcpu_cpuset;
    unsigned vcpus;             /* maximum */
    unsigned vcpus_current;     /* 0: all */
    unsigned iothreads;
    char *partition;            /* cgroup of the machine, the host's business */
    DomSysinfo sysinfo;
    DomOs os;
    DomFeatures features;
    DomCpu *cpu;                /* NULL: QEMU's default */
    DomCpu *orig_cpu;           /* live: as defined, before the host's facts went into cpu; printed when migratable */
    DomClock clock;
    DomAction on_poweroff, on_reboot, on_crash;
    DomTri suspend_to_mem, suspend_to_disk;
    char *emulator;
    GPtrArray *disks, *controllers, *nets, *serials, *parallels, *consoles, *channels, *inputs, *tpms, *graphics,
        *sounds, *audios, *videos, *hubs, *watchdogs, *rngs, *panics, *memories;     /* of DomDisk, DomController, ... */
    DomBalloon *balloon;        /* NULL only before complete */
    GPtrArray *seclabels;       /* DomSeclabel */
    DomLines lines;
} DomDef;

/* Says where, "(<disk>, line 7)", in an error that does not say it itself. line 0: the element comes from no XML. Returns
 * false, as fail() does. */
bool dom_at(GError **err, const char *element, int line);

/* Same values as VIR_DOMAIN_XML_*. */
typedef enum {
    DOM_XML_SECURE = 1,
    DOM_XML_INACTIVE = 2,       /* without live parts, even when the domain runs */
    DOM_XML_UPDATE_CPU = 4,
    DOM_XML_MIGRATABLE = 8,     /* for a peer: inactive, original CPU, without what every libvirt adds by itself */
    DOM_XML_STATUS = 1 << 16    /* everything, for the driver's own state files */
} DomXmlFlags;

typedef enum {
    DOM_PARSE_LIVE = 1,         /* keep id, aliases, indices, ptys, ports (state files, tests); default: drop them */
} DomParseFlags;

/* What only the host knows. Functions may be called from any thread; opaque is the caller's. */
typedef struct {
    /* "pc" -> "pc-i440fx-7.2"; the default machine for NULL. NULL result: not known to this emulator. Borrowed. */
    const char *(*machine)(void *opaque, const char *emulator, DomVirt virt, const char *machine);
    /* Emulator for arch when the XML names none. Borrowed; NULL: none installed. */
    const char *(*emulator)(void *opaque, const char *arch);
    /* CPU model QEMU uses by itself ("qemu64"). Borrowed. */
    const char *(*default_cpu)(void *opaque, const char *emulator, DomVirt virt, const char *machine);
    void *opaque;
} DomCaps;

DomDef *dom_def_new(void);
void dom_def_free(DomDef *def);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(DomDef, dom_def_free)
DomDef *dom_def_copy(const DomDef *def);

/* Reads len bytes (-1: NUL-terminated). Errors: VIR_ERR_XML_DETAIL not well-formed, VIR_ERR_XML_ERROR contradictory or
 * out of range, VIR_ERR_CONFIG_UNSUPPORTED an element, attribute or word that is not covered. */
DomDef *dom_def_parse(const char *xml, gssize len, DomParseFlags flags, GError **err);

/* Caller frees. flags are DomXmlFlags; unknown ones are refused. */
char *dom_def_format(const DomDef *def, unsigned flags, GError **err);

/* Define time: fills defaults, adds implicit devices and controllers, assigns addresses (kept where given), checks
 * for duplicates. Idempotent. def is half-done after a failure: throw it away. */
bool dom_def_complete(DomDef *def, const DomCaps *caps, GError **err);

/* Start time, on a copy: aliases and source indices. The driver sets def->id itself. */
bool dom_def_prepare_live(DomDef *def, GError **err);
/* The first console may be the first serial port seen from another side: call this when the port's source has changed
 * (the pty that QEMU opened). */
void dom_mirror_console(DomDef *def);
/* The way back: drops live parts (id, aliases, ptys, indices, automatic ports). */
void dom_def_strip_live(DomDef *def);

/* Would a guest started from src go on running under dst? Names the first difference. */
bool dom_def_check_abi(const DomDef *src, const DomDef *dst, GError **err);
/* The CPU as a standalone <cpu> element (migration cookie) and back. */
char *dom_cpu_format(const DomCpu *cpu);
DomCpu *dom_cpu_parse(const char *xml, gssize len, GError **err);
/* Each has a name, none comes twice. from: virErrorDomain of the error. */
bool dom_cpu_check_features(const DomCpu *cpu, int from, GError **err);
DomCpu *dom_cpu_copy(const DomCpu *cpu);
/* Which ports spice graphics need: plain, encrypted or both. tls: this host has certificates for it. */
void dom_spice_wants(const DomGraphics *graphics, bool tls, bool *ret_plain, bool *ret_tls);

DomCpu *dom_cpu_new(void);
void dom_cpu_free(DomCpu *cpu);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(DomCpu, dom_cpu_free)
/* NULL: the definition says nothing about it. */
DomCpuFeature *dom_cpu_find_feature(const DomCpu *cpu, const char *name);
/* "pni", DOM_CPU_POLICY_DISABLE: changes the feature's policy or appends it. */
void dom_cpu_set_feature(DomCpu *cpu, const char *name, DomCpuPolicy policy);
void dom_cpu_drop_features(DomCpu *cpu, bool (*is_idle)(const char *name));

/* Name checks as at define time (no '/', not empty, below 256 bytes). */
bool dom_def_set_name(DomDef *def, const char *name, GError **err);
void dom_def_uuid_string(const DomDef *def, char ret[37]);
bool dom_uuid_parse(const char *text, unsigned char ret[16]);
void dom_uuid_format(const unsigned char uuid[16], char ret[37]);

DomDisk *dom_def_disk_by_target(const DomDef *def, const char *target);
/* By target, alias or source path, as the block calls of the API name disks. */
DomDisk *dom_def_disk_find(const DomDef *def, const char *name);
/* The path of the top image: file or dev; NULL for an empty drive or a network disk. */
const char *dom_disk_path(const DomDisk *disk);
bool dom_disk_is_empty(const DomDisk *disk);
/* Running: what was found at the end of the disk's chain: an image to append, or NULL file: the chain ends here. Call before
 * dom_def_prepare_live(), so that the links get their indices. */
void dom_disk_set_backing(DomDisk *disk, const char *file, DomDiskFormat format);
/* Address of the first listen of type address; NULL: none or not chosen yet. Borrowed. */
const char *dom_graphics_address(const DomGraphics *graphics);
/* "ua-" and what an id may have; NULL is none. */
bool dom_alias_is_users(const char *alias);
DomController *dom_def_controller(const DomDef *def, DomControllerType type, int index);
DomControllerType dom_controller_model_type(DomControllerModel model);
bool dom_def_is_q35(const DomDef *def);
bool dom_def_is_i440fx(const DomDef *def);
/* Per-device <boot order=''/> is in use, so that <os><boot> is not. */
bool dom_def_has_boot_order(const DomDef *def);
/* Memory at boot without dimms. */
uint64_t dom_def_base_memory_kib(const DomDef *def);
