/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Where a host keeps its things and what it was told when it was started. A plain value: made before the driver,
 * copied by it, constant from then on, so any thread reads it. Knows nothing of domains.
 */
#pragma once

#include <stdbool.h>

#include <glib.h>
#include <libvirt/libvirt.h>

typedef struct {
    char   *root;            /* NULL: the places of the system (root) or of the user (XDG) */
    char   *etc_dir;         /* configuration, host-uuid, pki/ */
    char   *run_dir;         /* sockets; qemu/: one directory and status file per running guest */
    char   *lib_dir;         /* qemu/: persistent definitions, autostart/, journal */
    char   *log_dir;         /* qemu/NAME.log */
    char   *cache_dir;       /* what probing found out about emulators */
    bool    privileged;      /* runs as uid 0 */
    guint8  host_uuid[VIR_UUID_BUFLEN];
    char    host_uuid_str[VIR_UUID_STRING_BUFLEN];
    char   *hostname;
    char   *migrate_address; /* numeric address or name that sources reach us at; NULL: chosen per connection */
    guint16 migrate_port_min, migrate_port_max;
    /* Peer-to-peer, towards the destination: seconds of silence before it is asked whether it lives (0: never), and
     * questions without an answer until it is given up. */
    int      keepalive_interval;
    unsigned keepalive_count;
    unsigned migrate_silence; /* seconds in which nothing of a guest goes through until it is called back; 0: never */
    bool    migrate_tls_force;      /* nothing leaves or arrives unencrypted */
    bool    migrate_tls_any_client; /* sources need no certificate */
    char   *migrate_tls_dir;        /* QEMU's certificates; NULL: etc_dir/pki/qemu */
    char   *spice_tls_dir, *vnc_tls_dir; /* certificates of displays: ca-cert.pem, server-{cert,key}.pem; NULL: no TLS */
    bool    vnc_tls_verify;         /* VNC clients need a certificate of the CA */
    char   *migrate_tls_priority;   /* GnuTLS priority string; NULL: QEMU's own */
} QemuConfig;

/* Resolves and creates the directories (mode 0700/0755), reads or makes etc/host-uuid; everything else gets its
 * default. root NULL: FHS places as root, XDG places as a user. The caller may change members before use. */
QemuConfig *qemu_config_new(const char *root, GError **err);
QemuConfig *qemu_config_copy(const QemuConfig *config);
void        qemu_config_free(QemuConfig *config);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(QemuConfig, qemu_config_free)
