/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "remote/ssh.h"
#include "util/err.h"

#define VIR_FROM_THIS VIR_FROM_REMOTE

#define SSH_PORT 22
#define ANSWER_S 30

static bool
can_ask(const virConnectAuth *auth, int type)
{
    for (unsigned int i = 0; i < auth->ncredtype; i++) {
        if (auth->credtype[i] == type)
            return true;
    }
    return false;
}

static char *
ask_user(const char *prompt, bool secret, gpointer data)
{
    const virConnectAuth *auth = data;
    const int             kinds[2][2] = { { VIR_CRED_ECHOPROMPT, VIR_CRED_NOECHOPROMPT },
                                          { VIR_CRED_NOECHOPROMPT, VIR_CRED_PASSPHRASE } };
    virConnectCredential  cred = { .prompt = prompt };
    char                 *answer = NULL;

    cred.type = can_ask(auth, kinds[secret][0]) ? kinds[secret][0] : kinds[secret][1];
    if (!can_ask(auth, cred.type))
        return NULL;
    if (auth->cb(&cred, 1, auth->cbdata) == 0 && cred.result)
        answer = g_strndup(cred.result, cred.resultlen ? cred.resultlen : strlen(cred.result));
    if (cred.result) {
        explicit_bzero(cred.result, strlen(cred.result));
        free(cred.result);
    }
    return answer;
}

static char **
find_keyfiles(const RemoteTarget *t)
{
    static const char *const names[] = { "id_ed25519", "id_ecdsa", "id_rsa" };
    GPtrArray               *found = g_ptr_array_new();

    if (t->keyfile)
        g_ptr_array_add(found, g_strdup(t->keyfile));
    for (gsize i = 0; !t->keyfile && i < G_N_ELEMENTS(names); i++) {
        g_autofree char *path = g_build_filename(g_get_home_dir(), ".ssh", names[i], NULL);

        if (access(path, R_OK) == 0)
            g_ptr_array_add(found, g_steal_pointer(&path));
    }
    g_ptr_array_add(found, NULL);
    return (char **)g_ptr_array_free(found, FALSE);
}

static char **
get_methods(const RemoteTarget *t, GError **err)
{
    static const char *const known[] = { "agent", "privkey", "password", "keyboard-interactive", NULL };
    g_auto(GStrv)            methods = g_strsplit(t->sshauth ? t->sshauth : "agent,privkey,password,keyboard-interactive", ",", -1);

    for (char **m = methods; *m; m++) {
        if (!g_strv_contains(known, *m))
            return fail_null(err, VIR_ERR_INVALID_ARG, _("Invalid authentication method: '%s'"), *m);
    }
    return g_steal_pointer(&methods);
}

Chan *
remote_reach_libssh2(const RemoteTarget *t, bool read_only, GError **err)
{
    g_autofree char *command = NULL;
    g_autofree char *known_hosts = g_strdup(t->known_hosts);
    g_auto(GStrv)    methods = get_methods(t, err);
    g_auto(GStrv)    keyfiles = find_keyfiles(t);
    Libssh2How       how = {
              .host = t->host && *t->host ? t->host : "localhost",
              .port = t->port > 0 ? t->port : SSH_PORT,
              .user = t->user ? t->user : g_get_user_name(),
              .methods = (const char *const *)methods,
              .keyfiles = (const char *const *)keyfiles,
              .ask = t->ask && t->ask->cb ? ask_user : NULL,
              .ask_data = t->ask,
              .timeout_ms = ANSWER_S * 1000,
    };

    if (!methods || !remote_ssh_check_names(t, err) || !remote_ssh_policy(t, &how.policy, err))
        return NULL;
    if (!(command = remote_ssh_command(t, read_only, err)))
        return NULL;
    if (!known_hosts)
        known_hosts = g_build_filename(g_get_home_dir(), ".ssh", "known_hosts", NULL);
    how.command = command;
    how.known_hosts = known_hosts;
    return chan_connect_libssh2(&how, err);
}
