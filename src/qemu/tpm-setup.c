/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * A TPM is made before its first start: endorsement keys with their certificates, signed by the host's local authority, and
 * the PCR banks. swtpm_setup does that. Without it a guest has a TPM that nobody can attest.
 */
#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <string.h>
#include <unistd.h>

#include "qemu/tpm.h"
#include "util/err.h"
#include "util/spawn.h"

#define VIR_FROM_THIS VIR_FROM_QEMU

/* Making RSA keys takes a second or two; on a busy host, many. */
enum { SETUP_MS = 120 * 1000 };

/* "exit status 1"; NULL: it did not end. Caller frees. */
static char *
wait_for(int pidfd)
{
    struct pollfd p = { .fd = pidfd, .events = POLLIN };
    int rc;

    do
        rc = poll(&p, 1, SETUP_MS);
    while (rc < 0 && errno == EINTR);
    if (rc == 0)
        spawn_pidfd_signal(pidfd, SIGKILL);
    if (rc == 0)
        poll(&p, 1, -1);

    g_autofree char *how = spawn_reap(pidfd);

    return rc == 0 ? NULL : g_steal_pointer(&how);
}

/* ret_how: as wait_for(). */
static bool
run(const char *const *argv, int log_fd, char **ret_how, GError **err)
{
    SpawnHow spawn = { .argv = argv, .in = -1, .out = log_fd, .err = log_fd };
    pid_t pid;
    int pidfd;

    if (!spawn_process(&spawn, &pid, &pidfd, err))
        return false;
    *ret_how = wait_for(pidfd);
    close(pidfd);
    return true;
}

/* A user has no authority until he is given one; the system's is not his. Failing shows when it is needed. */
static void
make_user_authority(const char *binary, int log_fd)
{
    const char *argv[] = { binary, "--create-config-files", "skip-if-exist", NULL };
    g_autofree char *how = NULL;

    if (geteuid() != 0)
        run(argv, log_fd, &how, NULL);
}

static void
add_config(const QemuConfig *config, GPtrArray *argv, char **ret_path)
{
    *ret_path = config->root ? g_build_filename(config->etc_dir, "swtpm_setup.conf", NULL) : NULL;
    if (!*ret_path || access(*ret_path, R_OK) < 0)
        return;
    g_ptr_array_add(argv, (char *)"--config");
    g_ptr_array_add(argv, *ret_path);
}

static bool
check_outcome(const QemuTpmStart *how, const char *outcome, GError **err)
{
    if (g_strcmp0(outcome, "exit status 0") == 0)
        return true;
    return fail(err, VIR_ERR_OPERATION_FAILED,
                _("swtpm_setup could not make the TPM of domain '%s' (%s): its reason is in the domain's log in '%s/qemu'; see to "
                  "/etc/swtpm_setup.conf and the authority that it names"),
                how->def->name, outcome ? outcome : _("no end"), how->config->log_dir);
}

bool
qemu_tpm_setup(const QemuTpmStart *how, const char *state_dir, bool tpm12, GError **err)
{
    g_autofree char *binary = g_find_program_in_path("swtpm_setup");
    g_autofree char *config = NULL, *outcome = NULL, *vmid = NULL;
    g_autoptr(GPtrArray) argv = g_ptr_array_new();
    char uuid[VIR_UUID_STRING_BUFLEN];

    if (!binary)
        return fail(err, VIR_ERR_OPERATION_FAILED,
                    _("Unable to find 'swtpm_setup' binary in $PATH, which makes the TPM of domain '%s' at its first start: install "
                      "package 'swtpm-tools'"), how->def->name);
    dom_def_uuid_string(how->def, uuid);
    vmid = g_strdup_printf("%s:%s", how->def->name, uuid);
    make_user_authority(binary, how->log_fd);

    const char *const words[] = { binary, "--tpm-state", state_dir, "--vmid", vmid, "--createek", "--create-ek-cert",
                                  "--create-platform-cert", "--lock-nvram", "--not-overwrite" };

    for (gsize i = 0; i < G_N_ELEMENTS(words); i++)
        g_ptr_array_add(argv, (char *)words[i]);
    if (!tpm12)
        g_ptr_array_add(argv, (char *)"--tpm2");
    add_config(how->config, argv, &config);
    g_ptr_array_add(argv, NULL);
    return run((const char *const *)argv->pdata, how->log_fd, &outcome, err) && check_outcome(how, outcome, err);
}
