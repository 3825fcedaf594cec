/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Domain definition -> QEMU command line. The guest's ABI is decided here: the same definition has to give the same
 * machine as libvirt's command line does (tests/golden/argv).
 *
 * In three steps, so that the builder stays pure: command_plan() says which files, sockets and tap devices of the
 * host a definition needs, qemu_resources_open() opens them, command_build() writes the arguments. Starts no process.
 * Any thread; the definition must not change meanwhile.
 */
#pragma once

#include <stdbool.h>

#include <glib.h>

#include "qemu/caps.h"

typedef struct DomDef DomDef;

typedef enum {
    RES_KEY_FILE,    /* 32 random bytes in a new file of mode 0600; no descriptor */
    RES_UNIX_SERVER, /* listening socket at path */
    RES_FILE,        /* output file: appended to, unless it is a new one (append false) */
    RES_TAP,         /* one queue of a tap device, on a bridge when .bridge is set */
    RES_VHOST,       /* /dev/vhost-net for that queue; fd stays -1 where the host has none */
    RES_LAST
} ResourceKind;

typedef struct {
    ResourceKind kind;
    char *user;    /* "charserial0", "charserial0-log", "hostnet0": who needs it */
    char *path;    /* file or socket; of RES_TAP the device's name, "vnet%d" where the kernel chooses */
    char *bridge;  /* RES_TAP */
    guint queue;   /* RES_TAP, RES_VHOST: 0 .. */
    guint mtu;     /* RES_TAP: 0: default */
    guint8 mac[6]; /* RES_TAP: the guest's */
    bool  append;  /* RES_FILE */
    bool  multiqueue, vnet_hdr, managed; /* RES_TAP; managed: made by us, else it has to exist */
    bool  helper;  /* RES_UNIX_SERVER: another process than QEMU serves it */
    bool  made;    /* path was created by open(): undo() removes it */
    int   fd;      /* -1: none, or not opened yet */
} Resource;

typedef struct QemuResources QemuResources;

typedef struct {
    const QemuCaps *caps;
    const DomDef   *def;          /* live: aliases, addresses and canonical machine type are filled in */
    const char     *domain_dir;   /* master-key.aes; fixed while the guest runs */
    const char     *monitor_path;
    bool            incoming;     /* -incoming defer */
    const char     *spice_tls_dir, *vnc_tls_dir; /* certificates; NULL: no TLS */
    bool            vnc_tls_verify;              /* clients need one, too */
    /* NULL: for reading only (domxml-to-native): paths are named where descriptors would be passed. */
    const QemuResources *resources;
} CommandEnv;

typedef struct {
    GPtrArray *argv; /* owned strings, NULL at the end */
    char     **envv;
} QemuCommand;

/* Everything that can be refused without touching the host: devices and features this QEMU lacks, machine type,
 * accelerator, CPU. Names the culprit. */
bool command_check(const CommandEnv *env, GError **err);

/* What has to be opened; env->resources is not looked at. Nothing is opened yet. The caller frees. */
QemuResources *command_plan(const CommandEnv *env, GError **err);
/* All or nothing: on failure everything is undone. */
bool qemu_resources_open(QemuResources *resources, GError **err);
/* Removes what open() made (files, sockets, key), for a start that failed. Tap devices go with their descriptor. */
void qemu_resources_undo(QemuResources *resources);
/* Closes all descriptors; what was made stays. Accepts NULL. */
void qemu_resources_free(QemuResources *resources);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(QemuResources, qemu_resources_free)
guint     qemu_resources_count(const QemuResources *resources);
Resource *qemu_resources_at(QemuResources *resources, guint i);
/* Descriptor of a resource by kind and user; -1: none. */
int qemu_resources_fd(const QemuResources *resources, ResourceKind kind, const char *user);
/* The descriptors that QEMU has to inherit, under the same numbers; caller frees the array. */
GArray   *qemu_resources_fds(const QemuResources *resources);
/* Name that the kernel gave to the tap device of network alias ("net0"); NULL: none. Borrowed. */
const char *qemu_resources_tap_name(const QemuResources *resources, const char *net_alias);

/* Pure. Includes command_check(). */
bool command_build(const CommandEnv *env, QemuCommand **ret_command, GError **err);
void qemu_command_free(QemuCommand *command);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(QemuCommand, qemu_command_free)

/* One line for a shell, environment first: domxml-to-native qemu-argv. Caller frees. */
char *command_format_shell(const QemuCommand *command);
