/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Procedures that concern the connection itself and therefore have no verb: numbers, argument structs and their rows.
 * The daemon answers them in daemon/session-calls.c; the remote driver sends them while opening and subscribing.
 */
#pragma once

#include "wire/calls.h"

typedef enum {
    PROC_CONNECT_OPEN = 1,
    PROC_CONNECT_CLOSE = 2,
    PROC_CONNECT_SUPPORTS_FEATURE = 60,
    PROC_AUTH_LIST = 66,
    PROC_AUTH_SASL_INIT = 67,
    PROC_AUTH_SASL_START = 68,
    PROC_AUTH_SASL_STEP = 69,
    PROC_AUTH_POLKIT = 70,
    PROC_EVENT_REGISTER = 105, /* lifecycle, before callback ids */
    PROC_EVENT_DEREGISTER = 106,
    PROC_EVENT_REGISTER_ANY = 167,
    PROC_EVENT_DEREGISTER_ANY = 168,
    PROC_EVENT_CALLBACK_REGISTER_ANY = 316,
    PROC_EVENT_CALLBACK_DEREGISTER_ANY = 317,
    PROC_REGISTER_CLOSE_CALLBACK = 360,
    PROC_UNREGISTER_CLOSE_CALLBACK = 361,
} SessionProc;

/* What CONNECT_SUPPORTS_FEATURE asks about; those that the session answers, not the driver. */
typedef enum {
    FEATURE_FD_PASSING = 8,
    FEATURE_KEEPALIVE = 10,
    FEATURE_EVENT_CALLBACK = 14,
    FEATURE_CLOSE_CALLBACK = 15,
} SessionFeature;

typedef enum { AUTH_NONE = 0, AUTH_SASL = 1, AUTH_POLKIT = 2 } AuthType;

typedef struct { char *name; guint32 flags; } ConnectOpenArgs; /* name NULL or "": the daemon chooses */
typedef struct { gint32 *types; guint32 n; } AuthListRet;
typedef struct { gint32 event_id; DomRef *dom; } EventRegisterArgs; /* dom NULL: all domains */
typedef struct { gint32 value; } IntArg;

extern const XdrField rows_connect_open[], rows_auth_list[], rows_event_register[];
extern const XdrField rows_int[]; /* of IntArg: feature, supported, eventID, callbackID, reason, count */

/* Ascending by number; without handlers. FEATURE is not among them: it is a verb's call, too. */
extern const RpcCall session_calls[];
extern const gsize   n_session_calls;
const RpcCall *session_call_by_number(gint32 number);
