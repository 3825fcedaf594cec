/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "util/spawn.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "util/err.h"

#define VIR_FROM_THIS VIR_FROM_NONE

#ifndef P_PIDFD
#define P_PIDFD 3
#endif
#ifndef CLOSE_RANGE_CLOEXEC
#define CLOSE_RANGE_CLOEXEC (1U << 2)
#endif

/* Passed on when the parent has it. */
static const char *const kept_env[] = { "HOME", "USER", "LOGNAME", "TMPDIR", "XDG_RUNTIME_DIR" };

static GPtrArray *
make_env(const SpawnHow *how)
{
    GPtrArray  *env = g_ptr_array_new_with_free_func(g_free);
    const char *path = g_getenv("PATH");

    g_ptr_array_add(env, g_strdup_printf("PATH=%s", path ? path : "/usr/sbin:/usr/bin:/sbin:/bin"));
    g_ptr_array_add(env, g_strdup("LC_ALL=C"));
    for (gsize i = 0; i < G_N_ELEMENTS(kept_env); i++) {
        const char *value = g_getenv(kept_env[i]);

        if (value)
            g_ptr_array_add(env, g_strdup_printf("%s=%s", kept_env[i], value));
    }
    for (const char *const *more = how->env; more && *more; more++)
        g_ptr_array_add(env, g_strdup(*more));
    g_ptr_array_add(env, NULL);
    return env;
}

/* From here to exec only async-signal-safe calls: other threads of the parent may hold any lock. */

static void
reset_signals(void)
{
    struct sigaction dfl = { .sa_handler = SIG_DFL };
    sigset_t none;

    for (int sig = 1; sig < NSIG; sig++)
        sigaction(sig, &dfl, NULL);
    sigemptyset(&none);
    sigprocmask(SIG_SETMASK, &none, NULL);
}

static bool
place_fd(int fd, int place)
{
    return fd == place ? fcntl(fd, F_SETFD, 0) == 0 : dup2(fd, place) >= 0;
}

static bool
place_standard_fds(const SpawnHow *how)
{
    int null = open("/dev/null", O_RDWR);
    const int wanted[] = { how->in, how->out, how->err };

    if (null < 0)
        return false;
    for (int place = 0; place < 3; place++)
        if (!place_fd(wanted[place] >= 0 ? wanted[place] : null, place))
            return false;
    return true;
}

static bool
keep_fds(const SpawnHow *how)
{
    if (syscall(SYS_close_range, 3U, ~0U, CLOSE_RANGE_CLOEXEC) < 0)
        return false;
    for (guint i = 0; i < how->n_fds; i++)
        if (fcntl(how->fds[i], F_SETFD, 0) < 0)
            return false;
    return true;
}

static void G_GNUC_NORETURN
run_child(const SpawnHow *how, char **env, pid_t parent, int report)
{
    if (how->detach)
        setsid();
    if (how->leashed && (prctl(PR_SET_PDEATHSIG, SIGKILL) < 0 || getppid() != parent))
        _exit(127);
    umask(how->umask ? how->umask : 077);
    reset_signals();
    if (chdir("/") == 0 && place_standard_fds(how) && keep_fds(how))
        execve(how->argv[0], (char **)how->argv, env);
    {
        int why = errno;
        ssize_t ignored = write(report, &why, sizeof(why));

        (void)ignored;
    }
    _exit(127);
}

/* 0: exec closed the pipe; otherwise the errno of what failed. */
static int
wait_for_exec(int fd)
{
    int     why = 0;
    ssize_t n;

    do
        n = read(fd, &why, sizeof(why));
    while (n < 0 && errno == EINTR);
    return n == sizeof(why) ? why : 0;
}

bool
spawn_process(const SpawnHow *how, pid_t *ret_pid, int *ret_pidfd, GError **err)
{
    g_autoptr(GPtrArray) env = make_env(how);
    int   report[2], why, pidfd;
    pid_t parent = getpid(), pid;

    if (pipe2(report, O_CLOEXEC) < 0)
        return fail_errno(err, errno, _("cannot create a pipe"));
    pid = fork();
    if (pid == 0)
        run_child(how, (char **)env->pdata, parent, report[1]);
    why = pid < 0 ? errno : 0;
    close(report[1]);
    if (pid > 0)
        why = wait_for_exec(report[0]);
    close(report[0]);
    if (why == 0 && (pidfd = spawn_pidfd_open(pid)) >= 0) {
        *ret_pid = pid;
        *ret_pidfd = pidfd;
        return true;
    }
    if (why == 0) {
        why = errno;
        kill(pid, SIGKILL);
    }
    if (pid > 0)
        waitpid(pid, NULL, 0);
    return fail_errno(err, why, _("cannot execute '%s'"), how->argv[0]);
}

int
spawn_pidfd_open(pid_t pid)
{
    return (int)syscall(SYS_pidfd_open, pid, 0);
}

bool
spawn_pidfd_signal(int pidfd, int signum)
{
    return syscall(SYS_pidfd_send_signal, pidfd, signum, NULL, 0) == 0;
}

char *
spawn_reap(int pidfd)
{
    siginfo_t info = { 0 };
    int rc;

    do
        rc = waitid((idtype_t)P_PIDFD, (id_t)pidfd, &info, WEXITED | WNOHANG);
    while (rc < 0 && errno == EINTR);
    if (rc < 0 || info.si_pid == 0)
        return NULL;
    if (info.si_code == CLD_EXITED)
        return g_strdup_printf("exit status %d", info.si_status);
    return g_strdup_printf("signal %d", info.si_status);
}

/* Fields of /proc/PID/stat from the third on: the second, in parentheses, may contain anything. */
static char **
read_stat(pid_t pid)
{
    g_autofree char *path = g_strdup_printf("/proc/%d/stat", (int)pid);
    char    text[1024], *after;
    int     fd = open(path, O_RDONLY | O_CLOEXEC);
    ssize_t n;

    if (fd < 0)
        return NULL;
    n = read(fd, text, sizeof(text) - 1);
    close(fd);
    if (n <= 0)
        return NULL;
    text[n] = '\0';
    after = strrchr(text, ')');
    return after && after[1] ? g_strsplit(after + 2, " ", -1) : NULL;
}

enum { STAT_UTIME = 14 - 3, STAT_STIME = 15 - 3, STAT_START = 22 - 3 };

bool
spawn_start_time(pid_t pid, guint64 *ret_ticks)
{
    g_auto(GStrv) fields = read_stat(pid);

    if (!fields || g_strv_length(fields) <= STAT_START)
        return false;
    *ret_ticks = g_ascii_strtoull(fields[STAT_START], NULL, 10);
    return true;
}

bool
spawn_cpu_time(pid_t pid, guint64 *ret_ns)
{
    g_auto(GStrv) fields = read_stat(pid);
    guint64 hz = (guint64)sysconf(_SC_CLK_TCK);

    if (!fields || g_strv_length(fields) <= STAT_STIME)
        return false;
    *ret_ns = (g_ascii_strtoull(fields[STAT_UTIME], NULL, 10) + g_ascii_strtoull(fields[STAT_STIME], NULL, 10)) *
              (G_GUINT64_CONSTANT(1000000000) / hz);
    return true;
}
