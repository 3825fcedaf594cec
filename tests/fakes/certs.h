/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Certificates for tests, made when they run: two CAs ("ca", "other"), servers for good.example and 127.0.0.1
 * ("server", "oldserver", "youngserver", "otherserver"), clients ("alice", "oldclient", "mallory"). */
#pragma once

#include "../../tools/godwit/pki.h"
#include "rpc/tls-creds.h"
#include "util/file.h"

typedef struct {
    char *dir;
} Certs;

void  certs_make(Certs *certs);
void  certs_clear(Certs *certs);
char *certs_path(const Certs *certs, const char *name, const char *suffix);
/* config without files; own: any name that was not made is a file that is missing. */
TlsCreds *certs_load(const Certs *certs, const char *ca, const char *own, TlsConfig config, GError **err);
