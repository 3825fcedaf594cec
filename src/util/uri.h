/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Connection URIs, driver[+transport]://[user@][host][:port]/[path][?params], and the addresses that migrations are
 * told: tcp:HOST:PORT, tcp://HOST:PORT, rdma://HOST:PORT, unix:///PATH. Syntax only: what a driver, a transport or a
 * parameter means is not known here. Strict: what cannot be understood completely is refused. Any thread.
 */
#pragma once

#include <stdbool.h>

#include <glib.h>

typedef struct {
    char *name, *value; /* decoded */
} UriParam;

typedef struct {
    char      *driver;    /* "qemu" */
    char      *transport; /* "unix", "tcp", "ssh", ...; NULL: not said */
    char      *user;      /* NULL: not said */
    char      *host;      /* decoded, IPv6 without brackets; NULL: not said */
    int        port;      /* -1: not said */
    char      *path;      /* decoded, "" or starting with '/' */
    UriParam  *params;    /* all of them, in order, known or not */
    guint      n_params;
} ConnUri;

ConnUri *conn_uri_parse(const char *text, GError **err);
void     conn_uri_free(ConnUri *uri);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(ConnUri, conn_uri_free)

/* Value of the last parameter of that name (names ignore case), or NULL. Borrowed. */
const char *conn_uri_param(const ConnUri *uri, const char *name);
/* Takes it out of the list; NULL when there is none. Caller frees. */
char *conn_uri_take_param(ConnUri *uri, const char *name);
/* Complete, escaped again; conn_uri_parse() of it gives the same. */
char *conn_uri_format(const ConnUri *uri);
/* driver://path?params: as it would be said on the host itself. */
char *conn_uri_format_local(const ConnUri *uri);

typedef struct {
    char *scheme; /* "tcp", "rdma", "unix", or one that is not known here */
    char *host;   /* without brackets; NULL: none */
    int   port;   /* -1: none */
    char *path;   /* unix; NULL: none */
} MigUri;

/* An unknown scheme is no error (its rest is not looked at); no scheme, or a rest that does not fit a known one, is. */
bool  mig_uri_parse(const char *text, MigUri *ret_uri, GError **err);
void  mig_uri_clear(MigUri *uri);
/* tcp:HOST:PORT as stock peers expect it, others in their only form. */
char *mig_uri_format(const MigUri *uri);
