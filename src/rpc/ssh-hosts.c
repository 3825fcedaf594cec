/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "rpc/ssh-hosts.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "util/err.h"
#include "util/fd.h"

#define VIR_FROM_THIS VIR_FROM_SSH

#define DEFAULT_PORT 22

/* In our order of preference. methods: how the host may sign with it. */
static const struct {
    const char *name;
    const char *methods;
    int         type;  /* of libssh2_session_hostkey() */
    int         known; /* of libssh2_knownhost_checkp() */
} kinds[] = {
    { "ssh-ed25519", "ssh-ed25519", LIBSSH2_HOSTKEY_TYPE_ED25519, LIBSSH2_KNOWNHOST_KEY_ED25519 },
    { "ecdsa-sha2-nistp256", "ecdsa-sha2-nistp256", LIBSSH2_HOSTKEY_TYPE_ECDSA_256, LIBSSH2_KNOWNHOST_KEY_ECDSA_256 },
    { "ecdsa-sha2-nistp384", "ecdsa-sha2-nistp384", LIBSSH2_HOSTKEY_TYPE_ECDSA_384, LIBSSH2_KNOWNHOST_KEY_ECDSA_384 },
    { "ecdsa-sha2-nistp521", "ecdsa-sha2-nistp521", LIBSSH2_HOSTKEY_TYPE_ECDSA_521, LIBSSH2_KNOWNHOST_KEY_ECDSA_521 },
    { "ssh-rsa", "rsa-sha2-512,rsa-sha2-256,ssh-rsa", LIBSSH2_HOSTKEY_TYPE_RSA, LIBSSH2_KNOWNHOST_KEY_SSHRSA },
};
#define ANY_KIND 0

/* As in the file. */
static char *
host_name(const SshSession *s)
{
    return s->how->port == DEFAULT_PORT ? g_strdup(s->how->host) : g_strdup_printf("[%s]:%d", s->how->host, s->how->port);
}

/* A file that is not there knows nobody; lines that libssh2 does not understand are of other programs. */
static LIBSSH2_KNOWNHOSTS *
load_hosts(SshSession *s, GError **err)
{
    LIBSSH2_KNOWNHOSTS *hosts;
    g_autofree char    *text = NULL;
    g_auto(GStrv)       lines = NULL;
    g_autoptr(GError)   why = NULL;

    if (!g_file_get_contents(s->how->known_hosts, &text, NULL, &why)
        && !g_error_matches(why, G_FILE_ERROR, G_FILE_ERROR_NOENT) && !g_error_matches(why, G_FILE_ERROR, G_FILE_ERROR_NOTDIR))
        return fail_null(err, VIR_ERR_SSH, _("unable to load knownhosts file '%s': %s"), s->how->known_hosts, why->message);
    if (!(hosts = libssh2_knownhost_init(s->session)))
        return fail_null(err, VIR_ERR_SSH, _("unable to initialize knownhosts support: %s"), ssh_session_why(s));
    lines = g_strsplit(text ? text : "", "\n", -1);
    for (char **line = lines; *line; line++)
        libssh2_knownhost_readline(hosts, *line, strlen(*line), LIBSSH2_KNOWNHOST_FILE_OPENSSH);
    return hosts;
}

static int
look_up(LIBSSH2_KNOWNHOSTS *hosts, const char *name, const char *key, gsize len, int known)
{
    int mask = LIBSSH2_KNOWNHOST_TYPE_PLAIN | LIBSSH2_KNOWNHOST_KEYENC_RAW | known;

    /* Port -1: the name has it already. */
    return libssh2_knownhost_checkp(hosts, name, -1, key, len, mask, NULL);
}

/* Those of methods that libssh2 has. It would drop the others itself, but 1.10 copies overlapping memory for that. */
static void
append_supported(GString *out, const char *methods, const char *const *supported, int n_supported)
{
    g_auto(GStrv) names = g_strsplit(methods, ",", -1);

    for (char **name = names; *name; name++) {
        for (int i = 0; i < n_supported; i++) {
            if (strcmp(*name, supported[i]) == 0)
                g_string_append_printf(out, "%s%s", out->len ? "," : "", *name);
        }
    }
}

static bool
has_key_of_kind(LIBSSH2_KNOWNHOSTS *hosts, const char *name, int known)
{
    static const char no_key[4];

    return hosts && look_up(hosts, name, no_key, sizeof(no_key), known) == LIBSSH2_KNOWNHOST_CHECK_MISMATCH;
}

void
ssh_hosts_prefer_known(SshSession *s)
{
    LIBSSH2_KNOWNHOSTS *hosts = load_hosts(s, NULL); /* ssh_hosts_check() tells what is wrong with it */
    g_autofree char    *name = host_name(s);
    g_autoptr(GString)  list = g_string_new(NULL);
    const char        **supported = NULL;
    int                 n = libssh2_session_supported_algs(s->session, LIBSSH2_METHOD_HOSTKEY, &supported);

    for (int pass = 0; pass < 2; pass++) {
        for (gsize i = 0; i < G_N_ELEMENTS(kinds); i++) {
            if (has_key_of_kind(hosts, name, kinds[i].known) == (pass == 0))
                append_supported(list, kinds[i].methods, supported, n);
        }
    }
    if (list->len > 0)
        libssh2_session_method_pref(s->session, LIBSSH2_METHOD_HOSTKEY, list->str);
    if (n > 0)
        libssh2_free(s->session, supported);
    if (hosts)
        libssh2_knownhost_free(hosts);
}

/* As ssh-keygen -l shows it. Caller frees. */
static char *
fingerprint(SshSession *s)
{
    const char *hash = libssh2_hostkey_hash(s->session, LIBSSH2_HOSTKEY_HASH_SHA256);
    char       *text = hash ? g_base64_encode((const guchar *)hash, 32) : g_strdup("?");

    text[strcspn(text, "=")] = '\0';
    return text;
}

/* What an editor left behind may lack the end of its last line. */
static bool
ends_within_line(const char *path)
{
    g_autofree char *text = NULL;
    gsize            len = 0;

    return g_file_get_contents(path, &text, &len, NULL) && len > 0 && text[len - 1] != '\n';
}

/* Whole or not at all. Not by renaming a new file over it: that would undo what another client adds at the same time,
 * and part the file from its links. */
static bool
append_whole(int fd, const char *line)
{
    ssize_t n = write(fd, line, strlen(line));
    off_t   end;

    if (n == (ssize_t)strlen(line))
        return true;
    if (n > 0 && (end = lseek(fd, 0, SEEK_CUR)) >= n && ftruncate(fd, end - n) == 0)
        errno = ENOSPC;
    return false;
}

static bool
append_line(SshSession *s, const char *kind, const char *key, gsize len, GError **err)
{
    const char      *path = s->how->known_hosts;
    g_autofree char *name = host_name(s);
    g_autofree char *coded = g_base64_encode((const guchar *)key, len);
    g_autofree char *line = g_strdup_printf("%s%s %s %s\n", ends_within_line(path) ? "\n" : "", name, kind, coded);
    g_autofree char *dir = g_path_get_dirname(path);
    fd_auto int      fd = -1;

    g_mkdir_with_parents(dir, 0700);
    fd = open(path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
    if (fd < 0 || !append_whole(fd, line))
        return fail_errno(err, errno, _("unable to add SSH host key for host '%s' to '%s'"), s->name, path);
    return true;
}

static bool
user_accepts(SshSession *s, const char *print, GError **err)
{
    g_autofree char *question = g_strdup_printf(_("Accept SSH host key with hash 'SHA256:%s' for host '%s' (y/n)?"), print, s->name);
    g_autofree char *answer = NULL;

    if (!s->how->ask)
        return fail(err, VIR_ERR_SSH, _("the key of host '%s' (SHA256:%s) is not in '%s', and nobody can be asked: "
                                        "No user interaction callback provided: Can't verify the session host key"),
                    s->name, print, s->how->known_hosts);
    answer = ssh_session_ask(s, question, false);
    if (answer && (g_ascii_strcasecmp(answer, "y") == 0 || g_ascii_strcasecmp(answer, "yes") == 0))
        return true;
    return fail(err, VIR_ERR_SSH, _("SSH host key for '%s' (SHA256:%s) was not accepted"), s->name, print);
}

/* Somebody in between would show a key of a kind that we have not seen, if that were as good as the first of all. */
static SshStep
fail_other_kind(SshSession *s, const char *kind, const char *print, GError **err)
{
    fail(err, VIR_ERR_SSH, _("!!! SSH HOST KEY VERIFICATION FAILED !!!: host '%s' shows a key of the kind %s (SHA256:%s), but "
                             "'%s' knows it by keys of other kinds only. When you have verified that the key is this host's, "
                             "add it to that file."), s->name, kind, print, s->how->known_hosts);
    return SSH_STEP_FAILED;
}

static SshStep
fail_changed(SshSession *s, const char *print, GError **err)
{
    fail(err, VIR_ERR_SSH, _("!!! SSH HOST KEY VERIFICATION FAILED !!!: Identity of host '%s' differs from stored "
                             "identity. Please verify the new host key 'SHA256:%s' to avoid possible man in the middle "
                             "attack. The key is stored in '%s'."), s->name, print, s->how->known_hosts);
    return SSH_STEP_FAILED;
}

/* What the host has shown. */
typedef struct {
    const char *kind, *data;
    gsize       len;
    int         known; /* as in kinds */
} ShownKey;

static bool
get_key(SshSession *s, ShownKey *ret_key, GError **err)
{
    gsize       len = 0;
    int         type = 0;
    const char *data = libssh2_session_hostkey(s->session, &len, &type);

    for (gsize i = 0; data && i < G_N_ELEMENTS(kinds); i++) {
        if (kinds[i].type != type)
            continue;
        *ret_key = (ShownKey) { kinds[i].name, data, len, kinds[i].known };
        return true;
    }
    return fail(err, VIR_ERR_SSH, _("host '%s' has a key of an unsupported kind"), s->name);
}

static SshStep
judge(SshSession *s, LIBSSH2_KNOWNHOSTS *hosts, const ShownKey *key, GError **err)
{
    g_autofree char *print = fingerprint(s);
    g_autofree char *name = host_name(s);

    switch (look_up(hosts, name, key->data, key->len, ANY_KIND)) {
    case LIBSSH2_KNOWNHOST_CHECK_MATCH:
        return SSH_STEP_DONE;
    case LIBSSH2_KNOWNHOST_CHECK_NOTFOUND:
        if (s->how->policy != SSH_HOST_AUTO && !user_accepts(s, print, err))
            return SSH_STEP_FAILED;
        return append_line(s, key->kind, key->data, key->len, err) ? SSH_STEP_DONE : SSH_STEP_FAILED;
    case LIBSSH2_KNOWNHOST_CHECK_MISMATCH:
        if (look_up(hosts, name, key->data, key->len, key->known) == LIBSSH2_KNOWNHOST_CHECK_NOTFOUND)
            return fail_other_kind(s, key->kind, print, err);
        return fail_changed(s, print, err);
    default:
        fail(err, VIR_ERR_SSH, _("failed to validate SSH host key: %s"), ssh_session_why(s));
        return SSH_STEP_FAILED;
    }
}

SshStep
ssh_hosts_check(SshSession *s, GError **err)
{
    LIBSSH2_KNOWNHOSTS *hosts;
    ShownKey            key = { 0 };
    SshStep             step;

    if (s->how->policy == SSH_HOST_IGNORE)
        return SSH_STEP_DONE;
    if (!get_key(s, &key, err) || !(hosts = load_hosts(s, err)))
        return SSH_STEP_FAILED;
    step = judge(s, hosts, &key, err);
    libssh2_knownhost_free(hosts);
    return step;
}
