/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "qemu/command-chain.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define VIR_FROM_THIS VIR_FROM_STORAGE

/* QEMU's docs/interop/qcow2.txt: all numbers big-endian. */
#define QCOW2_MAGIC 0x514649fbu
#define QCOW2_V2_HEADER 72
#define QCOW2_MAX_BACKING 1023
#define QCOW2_EXT_BACKING_FORMAT 0xe2792acau
#define QCOW2_EXT_END 0u
#define HEADER_SIZE 65536 /* the first cluster, where extensions and the backing file's name are */
#define MAX_LINKS 200

typedef struct {
    const guint8 *data;
    gsize len;
} Header;

static guint32
be32_at(const Header *h, guint64 offset)
{
    guint32 value = 0;

    if (offset + sizeof(value) <= h->len)
        memcpy(&value, h->data + offset, sizeof(value));
    return GUINT32_FROM_BE(value);
}

static guint64
be64_at(const Header *h, guint64 offset)
{
    return (guint64)be32_at(h, offset) << 32 | be32_at(h, offset + 4);
}

/* A piece of the header as text; NULL: outside of it. Caller frees. */
static char *
text_at(const Header *h, guint64 offset, guint32 len)
{
    if (offset > h->len || len > h->len - offset || memchr(h->data + offset, 0, len))
        return NULL;
    return g_strndup((const char *)h->data + offset, len);
}

/* The format that the image says its backing image has; NULL: it does not say. Caller frees. */
static char *
backing_format(const Header *h)
{
    guint64 at = be32_at(h, 4) >= 3 ? be32_at(h, 100) : QCOW2_V2_HEADER;

    while (at + 8 <= h->len) {
        const guint32 type = be32_at(h, at), len = be32_at(h, at + 4);

        if (type == QCOW2_EXT_END)
            break;
        if (type == QCOW2_EXT_BACKING_FORMAT)
            return text_at(h, at + 8, len);
        at += 8 + ((guint64)len + 7) / 8 * 8;
    }
    return NULL;
}

static const char *
source_path(const DomSource *src)
{
    if (src->type == DOM_DISK_TYPE_FILE)
        return src->file;
    return src->type == DOM_DISK_TYPE_BLOCK ? src->dev : NULL;
}

/* Opened as QEMU will need it, so that what is missing is missed now. */
static bool
read_header(const char *path, bool writable, guint8 *buf, gsize *ret_len, GError **err)
{
    int fd = open(path, (writable ? O_RDWR : O_RDONLY) | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
    gssize n;

    if (fd < 0)
        return fail_errno(err, errno, _("Cannot access storage file '%s'"), path);
    n = pread(fd, buf, HEADER_SIZE, 0);
    if (n < 0) {
        int why = errno;

        close(fd);
        return fail_errno(err, why, _("cannot read header of '%s'"), path);
    }
    close(fd);
    *ret_len = n;
    return true;
}

static char *
resolve_path(const char *from, const char *name)
{
    g_autofree char *dir = g_path_get_dirname(from);
    const char *plain = g_str_has_prefix(name, "file:") ? name + strlen("file:") : name;

    return g_path_is_absolute(plain) ? g_strdup(plain) : g_build_filename(dir, plain, NULL);
}

static DomSource *
new_link(void)
{
    DomSource *src = g_new0(DomSource, 1);

    src->hosts = g_ptr_array_new();
    return src;
}

static bool
make_backing(const char *path, const char *name, const char *format, DomSource **ret_src, GError **err)
{
    const char *colon = strchr(name, ':'), *slash = strchr(name, '/');
    struct stat st;
    int value;
    DomSource *src;

    if (colon && (!slash || colon < slash) && !g_str_has_prefix(name, "file:"))
        return fail(err, VIR_ERR_CONFIG_UNSUPPORTED,
                    _("backing image '%s' of '%s' is not a file: describe it with <backingStore>"), name, path);
    if (!format)
        return fail(err, VIR_ERR_OPERATION_FAILED,
                    _("format of backing image '%s' of image '%s' was not specified in the image metadata "
                      "(set it with 'qemu-img rebase -u -F')"), name, path);
    value = dom_value(dom_disk_format_names, format);
    if (value <= 0)
        return fail(err, VIR_ERR_CONFIG_UNSUPPORTED, _("backing image '%s' of '%s' has unsupported format '%s'"), name,
                    path, format);
    src = new_link();
    src->file = resolve_path(path, name);
    src->format = value;
    src->type = DOM_DISK_TYPE_FILE;
    if (stat(src->file, &st) == 0 && S_ISBLK(st.st_mode)) {
        src->type = DOM_DISK_TYPE_BLOCK;
        src->dev = g_steal_pointer(&src->file);
    }
    *ret_src = src;
    return true;
}

/* The next link of src, from its header; one of type NONE ends the chain. */
static bool
find_backing(const char *path, DomDiskFormat format, const Header *h, DomSource **ret_src, GError **err)
{
    const guint64 offset = be64_at(h, 8);
    const guint32 size = be32_at(h, 16);
    g_autofree char *name = NULL;
    g_autofree char *name_format = NULL;

    if (format == DOM_FORMAT_QCOW2 && be32_at(h, 0) != QCOW2_MAGIC)
        return fail(err, VIR_ERR_OPERATION_FAILED, _("image '%s' is not in qcow2 format"), path);
    if (format != DOM_FORMAT_QCOW2 || !offset || !size) {
        *ret_src = new_link();
        return true;
    }
    name = size <= QCOW2_MAX_BACKING ? text_at(h, offset, size) : NULL;
    if (!name)
        return fail(err, VIR_ERR_OPERATION_FAILED, _("image '%s' has an invalid header"), path);
    name_format = backing_format(h);
    return make_backing(path, name, name_format, ret_src, err);
}

static bool
find_chain(DomDisk *disk, GError **err)
{
    g_autofree guint8 *buf = g_malloc(HEADER_SIZE);
    DomSource *src = &disk->src;

    for (guint links = 0; src && src->type; src = src->backing) {
        const char *path = source_path(src);
        const bool top = src == &disk->src;
        Header h = { .data = buf };

        if (!path)
            return true; /* network: QEMU and the server know */
        if (++links > MAX_LINKS)
            return fail(err, VIR_ERR_OPERATION_FAILED, _("disk '%s': the chain of images is too long, or goes in circles"),
                        disk->target);
        if (!read_header(path, top && !disk->readonly, buf, &h.len, err))
            return false;
        if (!src->backing && !find_backing(path, top ? disk->format : src->format, &h, &src->backing, err))
            return false;
    }
    return true;
}

bool
command_find_chains(DomDef *def, GError **err)
{
    DomDisk *disk;

    dom_each(disk, def->disks)
        if (!dom_disk_is_empty(disk) && !find_chain(disk, err))
            return false;
    return true;
}
