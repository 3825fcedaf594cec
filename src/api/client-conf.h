/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The client's configuration file, in the form of libvirt's libvirt.conf: the default URI and names for URIs.
 * /etc/godwit/libvirt.conf for root, $XDG_CONFIG_HOME/godwit/libvirt.conf for others; GODWIT_CLIENT_CONFIG names
 * another one. A file that does not exist is an empty one.
 *
 *     uri_default = "qemu:///system"
 *     uri_aliases = [ "hail=qemu+ssh://root@hail.example.org/system", "sleet=qemu+tls://sleet/system" ]
 */
#pragma once

#include <glib.h>

typedef struct ClientConf ClientConf;

ClientConf *client_conf_load(GError **err);
/* name is for messages. VIR_ERR_CONF_SYNTAX names line and problem. */
ClientConf *client_conf_parse(const char *text, const char *name, GError **err);
void        client_conf_free(ClientConf *conf);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(ClientConf, client_conf_free)

/* The environment's GODWIT_DEFAULT_URI or LIBVIRT_DEFAULT_URI, else uri_default, else NULL. Borrowed. */
const char *client_conf_default_uri(const ClientConf *conf);
/* What alias stands for; NULL when it is none. Borrowed. */
const char *client_conf_alias(const ClientConf *conf, const char *alias);
