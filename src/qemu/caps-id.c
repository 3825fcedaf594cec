/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Which binary on which host an answer belongs to. */
#include <errno.h>
#include <sys/stat.h>
#include <sys/utsname.h>
#include <unistd.h>

#include "qemu/caps-private.h"
#include "qemu/host.h"
#include "util/err.h"

#define VIR_FROM_THIS VIR_FROM_QEMU

static gint64
ns_of(const struct timespec *t)
{
    return t->tv_sec * G_GINT64_CONSTANT(1000000000) + t->tv_nsec;
}

/* Kernel and CPU: they stay as long as this process, and /proc/cpuinfo of a large host is slow. */
static gpointer
describe_machine(gpointer unused)
{
    struct utsname uts;
    g_autofree char *cpu = host_cpu_signature("");

    return uname(&uts) < 0 ? g_strdup("unknown") : g_strdup_printf("%s %s %s", uts.release, uts.version, cpu);
}

/* The machine decides which CPU features are usable, access to /dev/kvm whether KVM is. */
static char *
describe_host(void)
{
    static GOnce machine = G_ONCE_INIT;

    g_once(&machine, describe_machine, NULL);
    return g_strdup_printf("%s %s", (const char *)machine.retval, access("/dev/kvm", R_OK | W_OK) == 0 ? "kvm" : "tcg");
}

bool
qemu_caps_id_read(const char *path, const char *accel, QemuCapsId *ret_id, GError **err)
{
    struct stat st;

    if (!g_path_is_absolute(path))
        return fail(err, VIR_ERR_CONFIG_UNSUPPORTED, _("the emulator '%s' is not given as an absolute path"), path);
    if (stat(path, &st) < 0)
        return fail_errno(err, errno, _("Cannot check QEMU binary %s"), path);
    if (!S_ISREG(st.st_mode))
        return fail(err, VIR_ERR_CONFIG_UNSUPPORTED, _("the emulator '%s' is not a file"), path);
    if (access(path, X_OK) < 0)
        return fail_errno(err, errno, _("QEMU binary %s is not executable"), path);

    *ret_id = (QemuCapsId){
        .path = g_strdup(path),
        .dev = st.st_dev,
        .ino = st.st_ino,
        .size = st.st_size,
        .mtime_ns = ns_of(&st.st_mtim),
        .ctime_ns = ns_of(&st.st_ctim),
        .host = describe_host(),
        .accel = g_strdup(accel),
    };
    return true;
}

bool
qemu_caps_id_equal(const QemuCapsId *a, const QemuCapsId *b)
{
    return g_strcmp0(a->path, b->path) == 0 && a->dev == b->dev && a->ino == b->ino && a->size == b->size &&
           a->mtime_ns == b->mtime_ns && a->ctime_ns == b->ctime_ns && g_strcmp0(a->host, b->host) == 0 &&
           g_strcmp0(a->accel, b->accel) == 0;
}

void
qemu_caps_id_copy(const QemuCapsId *src, QemuCapsId *dst)
{
    *dst = *src;
    dst->path = g_strdup(src->path);
    dst->host = g_strdup(src->host);
    dst->accel = g_strdup(src->accel);
}

void
qemu_caps_id_clear(QemuCapsId *id)
{
    g_clear_pointer(&id->path, g_free);
    g_clear_pointer(&id->host, g_free);
    g_clear_pointer(&id->accel, g_free);
}
