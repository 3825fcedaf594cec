/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * libssh2, loaded when somebody first wants it: it brings a second TLS library along, which would take a sixth of an idle
 * daemon's memory for connections that most daemons never make. Call its functions by their own names, after
 * ssh_library_load(). Whoever includes this includes libssh2.h. Any thread.
 */
#pragma once

#include <stdbool.h>

#include <glib.h>
#include <libssh2.h>

/* What we call, without the prefix; libssh2.h's macros end in these. */
#define SSH_FUNCTIONS(X) \
    X(agent_connect) X(agent_disconnect) X(agent_free) X(agent_get_identity) X(agent_init) \
    X(agent_list_identities) X(agent_userauth) X(channel_eof) X(channel_get_exit_status) X(channel_open_ex) \
    X(channel_process_startup) X(channel_read_ex) X(channel_send_eof) X(channel_wait_closed) \
    X(channel_write_ex) X(free) X(hostkey_hash) X(init) X(knownhost_checkp) X(knownhost_free) X(knownhost_init) \
    X(knownhost_readline) X(session_block_directions) X(session_free) X(session_handshake) X(session_hostkey) \
    X(session_init_ex) X(session_last_errno) X(session_last_error) X(session_method_pref) \
    X(session_set_blocking) X(session_supported_algs) X(userauth_authenticated) \
    X(userauth_keyboard_interactive_ex) X(userauth_list) X(userauth_password_ex) X(userauth_publickey_fromfile_ex)

#define SSH_MEMBER(name) __typeof__(libssh2_##name) *name;
typedef struct { SSH_FUNCTIONS(SSH_MEMBER) } SshLibrary;
#undef SSH_MEMBER

/* Set once by ssh_library_load(). */
extern SshLibrary ssh_library;

bool ssh_library_load(GError **err);

#define libssh2_agent_connect ssh_library.agent_connect
#define libssh2_agent_disconnect ssh_library.agent_disconnect
#define libssh2_agent_free ssh_library.agent_free
#define libssh2_agent_get_identity ssh_library.agent_get_identity
#define libssh2_agent_init ssh_library.agent_init
#define libssh2_agent_list_identities ssh_library.agent_list_identities
#define libssh2_agent_userauth ssh_library.agent_userauth
#define libssh2_channel_eof ssh_library.channel_eof
#define libssh2_channel_get_exit_status ssh_library.channel_get_exit_status
#define libssh2_channel_open_ex ssh_library.channel_open_ex
#define libssh2_channel_process_startup ssh_library.channel_process_startup
#define libssh2_channel_read_ex ssh_library.channel_read_ex
#define libssh2_channel_send_eof ssh_library.channel_send_eof
#define libssh2_channel_wait_closed ssh_library.channel_wait_closed
#define libssh2_channel_write_ex ssh_library.channel_write_ex
#define libssh2_free ssh_library.free
#define libssh2_hostkey_hash ssh_library.hostkey_hash
#define libssh2_init ssh_library.init
#define libssh2_knownhost_checkp ssh_library.knownhost_checkp
#define libssh2_knownhost_free ssh_library.knownhost_free
#define libssh2_knownhost_init ssh_library.knownhost_init
#define libssh2_knownhost_readline ssh_library.knownhost_readline
#define libssh2_session_block_directions ssh_library.session_block_directions
#define libssh2_session_free ssh_library.session_free
#define libssh2_session_handshake ssh_library.session_handshake
#define libssh2_session_hostkey ssh_library.session_hostkey
#define libssh2_session_init_ex ssh_library.session_init_ex
#define libssh2_session_last_errno ssh_library.session_last_errno
#define libssh2_session_last_error ssh_library.session_last_error
#define libssh2_session_method_pref ssh_library.session_method_pref
#define libssh2_session_set_blocking ssh_library.session_set_blocking
#define libssh2_session_supported_algs ssh_library.session_supported_algs
#define libssh2_userauth_authenticated ssh_library.userauth_authenticated
#define libssh2_userauth_keyboard_interactive_ex ssh_library.userauth_keyboard_interactive_ex
#define libssh2_userauth_list ssh_library.userauth_list
#define libssh2_userauth_password_ex ssh_library.userauth_password_ex
#define libssh2_userauth_publickey_fromfile_ex ssh_library.userauth_publickey_fromfile_ex
