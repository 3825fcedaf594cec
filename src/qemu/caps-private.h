/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The body of QemuCaps, for the files that make one: caps-parse.c (from QMP), caps-file.c (from disk), and tests.
 * While it is being made it belongs to one thread; afterwards it is read-only.
 */
#pragma once

#include <sys/types.h>

#include <json-glib/json-glib.h>

#include "qemu/caps.h"

/* A different file, host kernel, CPU or user rights may change every answer. */
typedef struct {
    char   *path;
    guint64 dev, ino, size;
    gint64  mtime_ns, ctime_ns;
    char   *host;  /* kernel release, CPU signature, access to /dev/kvm */
    char   *accel; /* what the binary was asked to use: "kvm:tcg" or "tcg" */
} QemuCapsId;

struct QemuCaps {
    gint        refs; /* atomic */
    QemuCapsId  id;
    guint       version;
    char       *package;
    char       *arch;
    bool        kvm_usable;
    GPtrArray  *machines;     /* QemuMachine, as QEMU orders them */
    GPtrArray  *cpus;         /* QemuCpu */
    char       *host_model;   /* NULL: not known */
    char       *host_vendor;
    GPtrArray  *host_features; /* QemuCpuFeature */
    GHashTable *cpu_lacks;    /* set of CPU features, XML names, that QEMU knows and guests here cannot have */
    GHashTable *devices;      /* sets of strings */
    GHashTable *commands;
    GHashTable *options;      /* "machine", "machine.hpet" */
    GHashTable *migrate_caps;
    GHashTable *migrate_params; /* "multifd-channels", and "multifd-compression=zstd" for each enum value */
};

/* The sets, as the file on disk names them: {"devices", offsetof(QemuCaps, devices)}, ... */
typedef struct {
    const char *name;
    gsize       offset;
} QemuCapsSet;
extern const QemuCapsSet qemu_caps_sets[];
extern const guint       qemu_caps_n_sets;
GHashTable *qemu_caps_set(const QemuCaps *caps, const QemuCapsSet *set);

QemuCaps *qemu_caps_new(void);
void      qemu_machine_free(QemuMachine *machine);
void      qemu_cpu_free(QemuCpu *cpu);
void      qemu_cpu_feature_free(QemuCpuFeature *feature);

bool qemu_caps_id_read(const char *path, const char *accel, QemuCapsId *ret_id, GError **err);
void qemu_caps_id_copy(const QemuCapsId *src, QemuCapsId *dst);
bool qemu_caps_id_equal(const QemuCapsId *a, const QemuCapsId *b);
void qemu_caps_id_clear(QemuCapsId *id);

/* The whole conversation: what is written to QEMU (greeting needs no wait), and how many replies end it. */
char *qemu_caps_queries(guint *ret_n_replies);
/* replies: one JSON document per line, greeting first. */
QemuCaps *qemu_caps_parse(const char *replies, GError **err);
/* The second round, about the CPU models that the first has found. Without good answers there is no host model. */
char *qemu_caps_cpu_queries(const QemuCaps *caps, guint *ret_n_replies);
void  qemu_caps_take_cpus(QemuCaps *caps, const char *replies);

/* The on-disk form. load answers NULL for anything that is not a complete, current description of id. */
char     *qemu_caps_to_json(const QemuCaps *caps);
QemuCaps *qemu_caps_from_json(const char *text, gssize len, const QemuCapsId *id);
