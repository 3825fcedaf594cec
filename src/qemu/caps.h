/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * What one QEMU binary offers on this host: version, machine types, devices, CPU models, migration knobs.
 *
 * A QemuCaps never changes after it was made, so any thread may read it; references are atomic. It is asked of the
 * binary itself over QMP (caps-probe.h), never guessed from its version, and kept on disk (caps-cache.h).
 * Knows nothing of domains. Strings handed out are borrowed and live as long as the QemuCaps.
 */
#pragma once

#include <stdbool.h>

#include <glib.h>

typedef struct QemuCaps QemuCaps;

typedef struct {
    char *name;        /* canonical: "pc-i440fx-7.2" */
    char *alias;       /* "pc"; NULL: none */
    char *default_cpu; /* CPU model, "qemu64"; NULL: the machine has none */
    guint max_cpus;
    bool  is_default;
    bool  deprecated;
    bool  hotplug_cpus;
} QemuMachine;

typedef struct {
    char *name;
    char *alias_of;       /* versioned model behind an unversioned name; NULL: none */
    GPtrArray *missing;   /* char *: features of it that this host lacks, in the spelling of the domain XML */
    GHashTable *features; /* set of the XML's names: what it has, as far as libvirt has a name for it; NULL: not known */
    bool  usable;         /* this host (with KVM, or else TCG) provides every feature of it */
    bool  deprecated;
    bool  migration_safe; /* its features are fixed: may be named in a domain that migrates */
} QemuCpu;

/* In the spelling of the domain XML. */
typedef struct {
    char *name;
    bool  on;
    bool  stays; /* a guest that has it cannot migrate: told, and not part of host-model */
} QemuCpuFeature;

QemuCaps *qemu_caps_ref(const QemuCaps *caps);
void      qemu_caps_unref(QemuCaps *caps);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(QemuCaps, qemu_caps_unref)

const char *qemu_caps_binary(const QemuCaps *caps);
/* major * 1000000 + minor * 1000 + micro, as virConnectGetVersion gives it. */
guint       qemu_caps_version(const QemuCaps *caps);
/* "Debian 1:7.2+dfsg-7"; may be empty. */
const char *qemu_caps_package(const QemuCaps *caps);
const char *qemu_caps_arch(const QemuCaps *caps);
/* KVM is compiled in, and /dev/kvm can be used by this process. */
bool        qemu_caps_kvm_usable(const QemuCaps *caps);

/* By canonical name or alias; NULL: not offered. */
const QemuMachine *qemu_caps_find_machine(const QemuCaps *caps, const char *name);
const QemuMachine *qemu_caps_default_machine(const QemuCaps *caps);
/* The same for a name from a user (NULL: the default machine), with an error that lists what there is. */
bool qemu_caps_resolve_machine(const QemuCaps *caps, const char *name, const QemuMachine **ret_machine, GError **err);
guint              qemu_caps_n_machines(const QemuCaps *caps);
const QemuMachine *qemu_caps_machine(const QemuCaps *caps, guint i);

guint          qemu_caps_n_cpus(const QemuCaps *caps);
const QemuCpu *qemu_caps_cpu(const QemuCaps *caps, guint i);
const QemuCpu *qemu_caps_find_cpu(const QemuCaps *caps, const char *name);

/* A model, not a mode ("host") and not a version of a model ("Nehalem-v1"). */
bool           qemu_cpu_is_model(const QemuCpu *cpu);

/* CPU mode 'host-model': the model nearest to what this host offers to guests, its vendor (NULL: another one), and the
 * features by which the host differs. NULL: cannot be told. */
const char           *qemu_caps_host_model(const QemuCaps *caps);
const char           *qemu_caps_host_vendor(const QemuCaps *caps);
guint                 qemu_caps_n_host_features(const QemuCaps *caps);
const QemuCpuFeature *qemu_caps_host_feature(const QemuCaps *caps, guint i);

/* QEMU knows the feature (XML's name) and cannot give it to a guest on this host. */
bool qemu_caps_lacks_cpu_feature(const QemuCaps *caps, const char *name);

/* "virtio-blk-pci" can be given to -device. */
bool qemu_caps_has_device(const QemuCaps *caps, const char *driver);
/* The same, with an error that names driver, user ("disk 'vda'") and binary. */
bool qemu_caps_need_device(const QemuCaps *caps, const char *driver, const char *user, GError **err);
/* QMP command. */
bool qemu_caps_has_command(const QemuCaps *caps, const char *name);
/* -OPTION PARAM=; param NULL: the option at all. Only options that QEMU describes. */
bool qemu_caps_has_option(const QemuCaps *caps, const char *option, const char *param);

bool qemu_caps_has_migrate_capability(const QemuCaps *caps, const char *name);
bool qemu_caps_has_migrate_parameter(const QemuCaps *caps, const char *name);
/* An enum parameter takes this value: ("multifd-compression", "zstd"). */
bool qemu_caps_has_migrate_value(const QemuCaps *caps, const char *parameter, const char *value);
