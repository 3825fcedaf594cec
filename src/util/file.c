/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "util/file.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#include "util/err.h"

#define VIR_FROM_THIS VIR_FROM_NONE

enum { REMOVE_DEPTH = 8 };

bool
file_sync_dir(const char *path, GError **err)
{
    int  fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    bool ok = fd >= 0 && fsync(fd) == 0;
    int  why = errno;

    if (fd >= 0)
        close(fd);
    return ok || fail_errno(err, why, _("cannot sync directory '%s'"), path);
}

static bool
sync_parent(const char *path, GError **err)
{
    g_autofree char *dir = g_path_get_dirname(path);

    return file_sync_dir(dir, err);
}

static bool
write_all(int fd, const char *data, gsize len)
{
    while (len > 0) {
        ssize_t n = write(fd, data, len);

        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0)
            return false;
        data += n;
        len -= (gsize)n;
    }
    return true;
}

static bool
fill_temporary(const char *path, const char *data, gsize len, mode_t mode, FileSync sync)
{
    int  fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_NOFOLLOW | O_CLOEXEC, mode);
    bool ok;
    int  why;

    if (fd < 0)
        return false;
    ok = write_all(fd, data, len) && (sync == FILE_NO_SYNC || fdatasync(fd) == 0);
    why = errno;
    if (close(fd) < 0 && ok)
        return false;
    errno = why;
    return ok;
}

bool
file_write(const char *path, const char *data, gsize len, mode_t mode, FileSync sync, GError **err)
{
    static gint counter;
    /* Unique in this process and against another that uses the same directory; nothing reads names of this form. */
    g_autofree char *temporary = g_strdup_printf("%s.%d-%d.new", path, (int)getpid(), g_atomic_int_add(&counter, 1));

    if (!fill_temporary(temporary, data, len, mode, sync) || rename(temporary, path) < 0) {
        int why = errno;

        unlink(temporary);
        return fail_errno(err, why, _("cannot write file '%s'"), path);
    }
    return sync == FILE_NO_SYNC || sync_parent(path, err);
}

/* Files of /proc say that they are empty, so the end is where read() finds it. */
static bool
read_to_end(int fd, const char *path, gsize max, GString *to, GError **err)
{
    char    part[4096];
    ssize_t n;

    while ((n = read(fd, part, sizeof(part))) != 0) {
        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0)
            return fail_errno(err, errno, _("cannot read file '%s'"), path);
        if ((gsize)n > max - to->len)
            return fail(err, VIR_ERR_OPERATION_FAILED, _("file '%s' has more than %zu bytes"), path, max);
        g_string_append_len(to, part, n);
    }
    return true;
}

static bool
read_open(int fd, const char *path, gsize max, char **ret_data, gsize *ret_len, GError **err)
{
    GString    *text;
    struct stat st;

    if (fstat(fd, &st) < 0)
        return fail_errno(err, errno, _("cannot read file '%s'"), path);
    if (!S_ISREG(st.st_mode) || (guint64)st.st_size > max)
        return fail(err, VIR_ERR_OPERATION_FAILED, _("file '%s' is not a regular file of at most %zu bytes"), path, max);
    text = g_string_sized_new(MAX(st.st_size, 1));
    if (!read_to_end(fd, path, max, text, err)) {
        g_string_free(text, TRUE);
        return false;
    }
    if (ret_len)
        *ret_len = text->len;
    *ret_data = g_string_free(text, FALSE);
    return true;
}

bool
file_read(const char *path, gsize max, char **ret_data, gsize *ret_len, GError **err)
{
    int  fd = open(path, O_RDONLY | O_CLOEXEC);
    bool ok;

    if (fd < 0 && errno == ENOENT) {
        *ret_data = NULL;
        if (ret_len)
            *ret_len = 0;
        return true;
    }
    if (fd < 0)
        return fail_errno(err, errno, _("cannot open file '%s'"), path);
    ok = read_open(fd, path, max, ret_data, ret_len, err);
    close(fd);
    return ok;
}

bool
file_remove(const char *path, FileSync sync, GError **err)
{
    if (unlink(path) < 0)
        return errno == ENOENT || fail_errno(err, errno, _("cannot remove file '%s'"), path);
    return sync == FILE_NO_SYNC || sync_parent(path, err);
}

bool
file_link(const char *target, const char *path, FileSync sync, GError **err)
{
    if (unlink(path) < 0 && errno != ENOENT)
        return fail_errno(err, errno, _("cannot replace link '%s'"), path);
    if (symlink(target, path) < 0)
        return fail_errno(err, errno, _("cannot create link '%s' to '%s'"), path, target);
    return sync == FILE_NO_SYNC || sync_parent(path, err);
}

bool
file_make_dir(const char *path, mode_t mode, GError **err)
{
    if (g_mkdir_with_parents(path, (int)mode) < 0)
        return fail_errno(err, errno, _("cannot create directory '%s'"), path);
    return true;
}

/* Entries are removed as what they are: a symbolic link is never followed. */
static void
remove_entries(const char *path, int depth)
{
    g_autoptr(GDir) dir = g_dir_open(path, 0, NULL);
    const char *name;

    while (dir && (name = g_dir_read_name(dir))) {
        g_autofree char *child = g_build_filename(path, name, NULL);

        if (unlink(child) < 0 && errno == EISDIR && depth > 0)
            remove_entries(child, depth - 1);
    }
    rmdir(path);
}

void
file_remove_dir(const char *path)
{
    remove_entries(path, REMOVE_DEPTH);
}
