/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * How guest memory gets from one QEMU to the other: one row per transport, one file each. A row says what the
 * transport can do; knobs say what they need (migration/knobs.h), and the comparison is made here, once.
 * Worker threads.
 */
#pragma once

#include "model/tunnel.h"
#include "qemu/migrate-priv.h"

/* A migration URI: tcp:HOST:PORT or tcp://HOST:PORT, IPv6 in brackets; rdma://HOST:PORT; unix:///PATH. */
typedef struct {
    char   *scheme;
    char   *host; /* without brackets; NULL: none */
    guint16 port; /* 0: none */
    char   *path; /* unix only; NULL: none */
} ViaUri;

void via_uri_clear(ViaUri *uri);
/* Errors as libvirt words them: missing scheme, unsupported scheme, missing host. */
bool via_uri_parse(const char *text, ViaUri *ret, GError **err);
/* As QEMU wants it: "tcp:HOST:PORT", "unix:PATH"; caller frees. */
char *via_uri_format(const ViaUri *uri);

/* Where it leads, for messages: "HOST:PORT" or "PATH"; caller frees. */
char *via_uri_far_end(const ViaUri *uri);

/* The destination's side, as Prepare learns it step by step. */
typedef struct {
    QmigHost   *host;
    const char *local_addr;   /* on which the client reached us; NULL: unknown */
    const char *wanted_uri;   /* VIR_MIGRATE_PARAM_URI; NULL: ours to choose */
    const char *listen_addr;  /* VIR_MIGRATE_PARAM_LISTEN_ADDRESS */
    /* results */
    int         fd;           /* QEMU's end of the tunnel; -1: none */
    Tunnel     *tunnel;       /* the other end; NULL: none */
    guint16     port;         /* reserved in host->ports; 0: the caller named one */
    char       *qemu_uri;     /* for migrate-incoming */
    char       *uri_out;      /* for the source; NULL: use the caller's */
    char       *reach_host;   /* how the source gets here; NULL: only by a path */
    char       *socket;       /* file that QEMU makes; NULL: none */
} ViaDst;

/* The source's side. */
typedef struct ViaSrc {
    QemuMig    *mig;
    Tunnel     *tunnel;       /* borrowed; NULL: none */
    ViaUri      uri;
    bool        multifd;
    int         fd;           /* connected, to be handed over; -1: QEMU connects by itself */
    char       *qemu_uri;     /* for migrate */
} ViaSrc;

typedef struct {
    const char *scheme;
    unsigned    can; /* VIA_* bits of migration/knobs.h */
    /* Chooses where QEMU listens. after: ports up to this one have been tried in vain; 0: none. */
    bool (*listen)(ViaDst *dst, guint16 after, GError **err);
    bool (*connect)(ViaSrc *src, GError **err);
} ViaOps;

extern const ViaOps via_tcp, via_unix, via_rdma;
/* Needs no URI; whoever has a tunnel picks it. */
extern const ViaOps via_tunnel;

/* Can it do all that params and flags need? */
bool via_check(const ViaOps *ops, const Params *params, guint32 flags, GError **err);
/* How the source reaches this host: sets reach_host. */
bool via_choose_host(ViaDst *dst, GError **err);

/* Both ends refuse an address to listen on where there is none. */
bool via_unix_refuse_listen(const char *listen_addr, GError **err);

/* The row for this scheme, if it can do all that params and flags need. */
const ViaOps *via_pick(const char *scheme, const Params *params, guint32 flags, const char *uri, GError **err);
/* Source, TLS: does somebody answer on this connected socket? Nothing has been taken from him afterwards. */
bool via_hello(ViaSrc *src, int fd, GError **err);
void via_dst_clear(ViaDst *dst);
void via_src_clear(ViaSrc *src);
