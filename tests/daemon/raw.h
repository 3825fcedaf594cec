/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The protocol spoken by hand: packets as bytes, so that wrong ones can be sent. Every wait ends after ten seconds. */
#pragma once

#include <stdbool.h>

#include <glib.h>

#include "rpc/call.h"

#define REMOTE 0x20008086u
#define KEEPALIVE 0x6b656570u

typedef struct {
    guint32 length, program, version;
    gint32  procedure;
    guint32 type, serial, status;
} RawHeader;

typedef struct {
    RawHeader head;
    guint8   *payload;
    gsize     len;
} RawPacket;

typedef enum { RAW_PACKET, RAW_CLOSED, RAW_SILENT } RawAnswer;

int  raw_connect(const char *path);
/* head.length 0: what it should be. */
void raw_send(int fd, RawHeader head, gconstpointer payload, gsize len);
void raw_send_hex(int fd, gint32 procedure, guint32 serial, const char *hex);
/* Waits up to ms. */
RawAnswer raw_receive(int fd, int ms, RawPacket *ret_packet);
void      raw_packet_clear(RawPacket *packet);

/* A call and its reply; fails the test when none comes. */
void raw_call(int fd, gint32 procedure, const char *hex, RawPacket *ret_reply);
/* AUTH_LIST and CONNECT_OPEN "". */
int  raw_open(const char *path);
/* Decodes the error of a reply; clear with rpc_error_rows. */
void raw_error(const RawPacket *reply, RpcError *ret_error);
