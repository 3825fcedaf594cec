/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "rpc/ssh-login.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "util/err.h"

#define VIR_FROM_THIS VIR_FROM_SSH

/* What a method came to. */
typedef enum { LOGIN_IN, LOGIN_AGAIN, LOGIN_REPEAT, LOGIN_REFUSED } Login;

SshStep
ssh_login_list(SshSession *s, GError **err)
{
    const char *list = libssh2_userauth_list(s->session, s->how->user, (unsigned)strlen(s->how->user));

    if (list || libssh2_userauth_authenticated(s->session)) {
        s->offered = g_strdup(list);
        return SSH_STEP_DONE;
    }
    if (libssh2_session_last_errno(s->session) == LIBSSH2_ERROR_EAGAIN)
        return SSH_STEP_AGAIN;
    fail(err, VIR_ERR_SSH, _("couldn't retrieve authentication methods list: %s"), ssh_session_why(s));
    return SSH_STEP_FAILED;
}

static Login
refused(SshSession *s, const char *what, const char *why)
{
    g_string_append_printf(s->refusals, "%s%s: %s", s->refusals->len ? "; " : "", what, why);
    return LOGIN_REFUSED;
}

static Login
result_of(SshSession *s, int rc, const char *what)
{
    if (rc == 0)
        return LOGIN_IN;
    return rc == LIBSSH2_ERROR_EAGAIN ? LOGIN_AGAIN : refused(s, what, ssh_session_why(s));
}

static Login
next_identity(SshSession *s)
{
    struct libssh2_agent_publickey *before = s->identity;

    return libssh2_agent_get_identity(s->agent, &s->identity, before) == 0 ? LOGIN_REPEAT : LOGIN_REFUSED;
}

static Login
try_agent(SshSession *s)
{
    Login result;

    if (!s->agent) {
        s->agent = libssh2_agent_init(s->session);
        if (!s->agent || libssh2_agent_connect(s->agent) != 0)
            return refused(s, "agent", _("Failed to connect to ssh agent"));
        if (libssh2_agent_list_identities(s->agent) != 0)
            return refused(s, "agent", _("Failed to list ssh agent identities"));
        if (next_identity(s) == LOGIN_REFUSED)
            return refused(s, "agent", _("SSH Agent did not provide any authentication identity"));
    }
    switch (libssh2_agent_userauth(s->agent, s->how->user, s->identity)) {
    case 0:
        return LOGIN_IN;
    case LIBSSH2_ERROR_EAGAIN:
        return LOGIN_AGAIN;
    default:
        result = next_identity(s);
        return result == LOGIN_REPEAT ? result
                                      : refused(s, "agent", _("All identities provided by the SSH Agent were rejected"));
    }
}

/* Without a passphrase first; libssh2 says FILE when that does not open the key. */
static Login
try_keyfile(SshSession *s)
{
    const char      *path = s->how->keyfiles[s->keyfile];
    g_autofree char *prompt = NULL;
    int              rc;

    if (!path)
        return s->keyfile ? LOGIN_REFUSED : refused(s, "privkey", _("no key file is named, and none is at hand"));
    if (access(path, R_OK) != 0) {
        s->keyfile++;
        refused(s, path, g_strerror(errno));
        return LOGIN_REPEAT;
    }
    rc = libssh2_userauth_publickey_fromfile(s->session, s->how->user, NULL, path, s->secret ? s->secret : "");
    if (rc == 0 || rc == LIBSSH2_ERROR_EAGAIN)
        return rc == 0 ? LOGIN_IN : LOGIN_AGAIN;
    if (!s->secret && (rc == LIBSSH2_ERROR_FILE || rc == LIBSSH2_ERROR_KEYFILE_AUTH_FAILED)) {
        prompt = g_strdup_printf(_("Passphrase for key '%s'"), path);
        if ((s->secret = ssh_session_ask(s, prompt, true)))
            return LOGIN_REPEAT;
    }
    refused(s, path, ssh_session_why(s));
    ssh_session_wipe(&s->secret);
    s->keyfile++;
    return LOGIN_REPEAT;
}

static Login
try_password(SshSession *s)
{
    if (!s->secret) {
        g_autofree char *prompt = g_strdup_printf(_("Password for %s@%s"), s->how->user, s->how->host);

        s->secret = ssh_session_ask(s, prompt, true);
        if (!s->secret)
            return refused(s, "password", _("nobody to ask for it"));
    }
    return result_of(s, libssh2_userauth_password(s->session, s->how->user, s->secret), "password");
}

/* libssh2 frees the answers with free(), which is what g_free() is. */
static void
answer_prompts(const char *name, int name_len, const char *instruction, int instruction_len, int n,
               const LIBSSH2_USERAUTH_KBDINT_PROMPT *prompts, LIBSSH2_USERAUTH_KBDINT_RESPONSE *answers, void **abstract)
{
    SshSession *s = *abstract;

    for (int i = 0; i < n; i++) {
        g_autofree char *prompt = g_strndup(prompts[i].text, prompts[i].length);
        char            *answer = s->gave_up ? NULL : ssh_session_ask(s, prompt, !prompts[i].echo);

        s->gave_up = s->gave_up || !answer;
        answers[i].text = answer ? answer : g_strdup("");
        answers[i].length = (unsigned)strlen(answers[i].text);
    }
}

static Login
try_keyboard(SshSession *s)
{
    int rc;

    if (!s->how->ask)
        return refused(s, "keyboard-interactive", _("nobody to ask"));
    rc = libssh2_userauth_keyboard_interactive(s->session, s->how->user, answer_prompts);
    return result_of(s, rc, "keyboard-interactive");
}

/* offered: what the host calls it */
static const struct {
    const char *name, *offered;
    Login (*try)(SshSession *s);
} methods[] = {
    { "agent", "publickey", try_agent },
    { "privkey", "publickey", try_keyfile },
    { "password", "password", try_password },
    { "keyboard-interactive", "keyboard-interactive", try_keyboard },
};

static bool
is_offered(const SshSession *s, const char *name)
{
    g_auto(GStrv) list = g_strsplit(s->offered, ",", -1);

    return g_strv_contains((const char *const *)list, name);
}

static Login
try_method(SshSession *s, const char *name)
{
    for (gsize i = 0; i < G_N_ELEMENTS(methods); i++) {
        if (strcmp(methods[i].name, name) == 0 && is_offered(s, methods[i].offered))
            return methods[i].try(s);
    }
    return LOGIN_REFUSED;
}

SshStep
ssh_login_try(SshSession *s, GError **err)
{
    const char *name;

    if (libssh2_userauth_authenticated(s->session))
        return SSH_STEP_DONE;
    while ((name = s->how->methods[s->method])) {
        switch (try_method(s, name)) {
        case LOGIN_IN:
            return SSH_STEP_DONE;
        case LOGIN_AGAIN:
            return SSH_STEP_AGAIN;
        case LOGIN_REPEAT:
            break;
        case LOGIN_REFUSED:
            ssh_session_wipe(&s->secret);
            s->method++;
        }
    }
    if (s->refusals->len == 0)
        fail(err, VIR_ERR_AUTH_FAILED, _("None of the requested authentication methods are supported by the server: "
                                         "'%s' takes %s"), s->name, s->offered);
    else
        fail(err, VIR_ERR_AUTH_FAILED, _("All provided authentication methods with credentials were rejected by the "
                                         "server '%s' for user '%s': %s"), s->name, s->how->user, s->refusals->str);
    return SSH_STEP_FAILED;
}
