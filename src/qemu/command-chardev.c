/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Character devices: the host's end (chardev), and what the guest sees of it. Files and listening sockets are opened
 * by us: a file as a descriptor set, which QEMU can reopen; a socket as a listening descriptor.
 */
#include "qemu/command-private.h"

static char *
chardev_id(const DomChr *chr)
{
    return g_strdup_printf("char%s", chr->info.alias);
}

static char *
log_user(const char *id)
{
    return g_strdup_printf("%s-log", id);
}

/* A guest that arrives goes on where it was: what it has written must not be lost when both hosts share the file. */
static void
plan_file(QemuResources *resources, const CommandEnv *env, const char *user, const char *path, DomTri append)
{
    plan_add(resources, RES_FILE, user, path)->append = append == DOM_TRI_ON || env->incoming;
}

static void
plan_chardev(QemuResources *resources, const CommandEnv *env, const DomChr *chr)
{
    g_autofree char *id = chardev_id(chr);
    g_autofree char *log = log_user(id);

    if (chr->src.type == DOM_CHR_FILE)
        plan_file(resources, env, id, chr->src.path, chr->src.append);
    else if (chr->src.type == DOM_CHR_UNIX && chr->src.mode == DOM_CHR_MODE_BIND)
        plan_add(resources, RES_UNIX_SERVER, id, chr->src.path);
    if (chr->src.log_file)
        plan_file(resources, env, log, chr->src.log_file, chr->src.log_append);
}

void
plan_chardevs(QemuResources *resources, const CommandEnv *env)
{
    const GPtrArray *lists[] = { env->def->serials, env->def->parallels, env->def->channels, env->def->consoles };
    DomChr *chr;

    for (guint i = 0; i < G_N_ELEMENTS(lists); i++)
        dom_each(chr, lists[i])
            if (!chr->is_serial_copy)
                plan_chardev(resources, env, chr);
}

/* "/dev/fdset/N" of an opened file, after the option that makes the set; the path itself when nothing was opened. */
static char *
file_reference(Cmd *cmd, const DomChr *chr, const char *user, const char *suffix, const char *path)
{
    const int fd = cmd_fd(cmd, RES_FILE, user, 0);
    const guint set = cmd->n_fdsets;

    if (!cmd->env->resources)
        return cmd_escape(path);
    cmd->n_fdsets++;
    cmd_opt(cmd, "-add-fd", "set=%u,fd=%d,opaque=%s-%s", set, fd, chr->info.alias, suffix);
    return g_strdup_printf("/dev/fdset/%u", set);
}

static void
add_reconnect(Cmd *cmd, GString *text, const DomChrSource *src)
{
    if (src->reconnect_enabled != DOM_TRI_ON || !src->reconnect)
        return;
    /* QEMU 9.2 counts in milliseconds. */
    if (qemu_caps_has_option(cmd->caps, "chardev", "reconnect-ms"))
        g_string_append_printf(text, ",reconnect-ms=%u000", src->reconnect);
    else
        g_string_append_printf(text, ",reconnect=%u", src->reconnect);
}

static void
add_unix(Cmd *cmd, GString *text, const DomChr *chr, const char *id)
{
    g_autofree char *path = cmd_escape(chr->src.path);

    if (chr->src.mode != DOM_CHR_MODE_BIND) {
        g_string_append_printf(text, ",path=%s", path);
        add_reconnect(cmd, text, &chr->src);
        return;
    }
    if (cmd->env->resources)
        g_string_append_printf(text, ",fd=%d", cmd_fd(cmd, RES_UNIX_SERVER, id, 0));
    else
        g_string_append_printf(text, ",path=%s", path);
    g_string_append(text, ",server=on,wait=off");
}

static void
add_tcp(Cmd *cmd, GString *text, const DomChrSource *src)
{
    g_string_append_printf(text, ",host=%s,port=%s", src->host ? src->host : "", src->service ? src->service : "");
    if (src->protocol == DOM_CHR_PROTO_TELNET)
        g_string_append(text, ",telnet=on");
    if (src->mode == DOM_CHR_MODE_BIND)
        g_string_append(text, ",server=on,wait=off");
    else
        add_reconnect(cmd, text, src);
}

static void
add_udp(GString *text, const DomChrSource *src)
{
    const struct { const char *name, *value; } rows[] = {
        { "host", src->udp_connect_host },
        { "port", src->udp_connect_service },
        { "localaddr", src->udp_bind_host },
        { "localport", src->udp_bind_service },
    };

    for (guint i = 0; i < G_N_ELEMENTS(rows); i++)
        if (rows[i].value)
            g_string_append_printf(text, ",%s=%s", rows[i].name, rows[i].value);
}

static bool
build_backend(Cmd *cmd, const DomChr *chr, const char *id, GError **err)
{
    const DomChrSource *src = &chr->src;
    g_autoptr(GString) text = g_string_new(NULL);
    g_autofree char *file = NULL;

    if (src->tls == DOM_TRI_ON)
        return fail(err, VIR_ERR_CONFIG_UNSUPPORTED, _("character device '%s': TLS is not supported"),
                    chr->info.alias);
    switch (src->type) {
    case DOM_CHR_NULL:
        g_string_printf(text, "null,id=%s", id);
        break;
    case DOM_CHR_PTY:
        g_string_printf(text, "pty,id=%s", id);
        break;
    case DOM_CHR_FILE:
        file = file_reference(cmd, chr, id, "source", src->path);
        /* Truncating, where it is wanted, has been done when the file was opened. */
        g_string_printf(text, "file,id=%s,path=%s,append=on", id, file);
        break;
    case DOM_CHR_UNIX:
        g_string_printf(text, "socket,id=%s", id);
        add_unix(cmd, text, chr, id);
        break;
    case DOM_CHR_TCP:
        g_string_printf(text, "socket,id=%s", id);
        add_tcp(cmd, text, src);
        break;
    case DOM_CHR_UDP:
        g_string_printf(text, "udp,id=%s", id);
        add_udp(text, src);
        break;
    case DOM_CHR_SPICEVMC:
        g_string_printf(text, "spicevmc,id=%s,name=vdagent", id);
        break;
    case DOM_CHR_NONE:
        return fail(err, VIR_ERR_CONFIG_UNSUPPORTED, _("character device '%s' has no type"), chr->info.alias);
    }
    if (src->log_file) {
        g_autofree char *user = log_user(id);
        g_autofree char *log = file_reference(cmd, chr, user, "log", src->log_file);

        g_string_append_printf(text, ",logfile=%s,logappend=on", log);
    }
    cmd_opt(cmd, "-chardev", "%s", text->str);
    return true;
}

static bool
build_serial(Cmd *cmd, const DomChr *chr, const char *id, GError **err)
{
    static const char *const drivers[] = {
        [DOM_CHR_TARGET_NONE] = "isa-serial", [DOM_CHR_TARGET_ISA_SERIAL] = "isa-serial",
        [DOM_CHR_TARGET_PCI_SERIAL] = "pci-serial", [DOM_CHR_TARGET_USB_SERIAL] = "usb-serial",
    };
    const char *driver = chr->target < G_N_ELEMENTS(drivers) ? drivers[chr->target] : NULL;
    g_auto(Props) p = { NULL };

    if (!driver)
        return fail(err, VIR_ERR_CONFIG_UNSUPPORTED, _("serial device '%s' has an unsupported target type '%s'"),
                    chr->info.alias, dom_name(dom_chr_target_names, chr->target));
    p = props_new("driver", driver);
    props_string(&p, "chardev", id);
    props_string(&p, "id", chr->info.alias);
    if (g_str_equal(driver, "isa-serial"))
        props_int(&p, "index", MAX(chr->port, 0));
    return cmd_address(cmd, &p, &chr->info, err) && cmd_device(cmd, driver, chr->info.alias, &p, err);
}

static bool
build_parallel(Cmd *cmd, const DomChr *chr, const char *id, GError **err)
{
    g_auto(Props) p = props_new("driver", "isa-parallel");

    props_string(&p, "chardev", id);
    props_string(&p, "id", chr->info.alias);
    return cmd_address(cmd, &p, &chr->info, err) && cmd_device(cmd, "isa-parallel", chr->info.alias, &p, err);
}

static bool
build_channel(Cmd *cmd, const DomChr *chr, const char *id, GError **err)
{
    g_auto(Props) p = props_new("driver", "virtserialport");

    if (!cmd_address(cmd, &p, &chr->info, err))
        return false;
    props_string(&p, "chardev", id);
    props_string(&p, "id", chr->info.alias);
    props_string_opt(&p, "name", chr->name);
    return cmd_device(cmd, "virtserialport", chr->info.alias, &p, err);
}

static bool
build_console(Cmd *cmd, const DomChr *chr, const char *id, GError **err)
{
    g_auto(Props) p = props_new("driver", "virtconsole");

    if (chr->target != DOM_CHR_TARGET_VIRTIO)
        return fail(err, VIR_ERR_CONFIG_UNSUPPORTED, _("console '%s' has an unsupported target type '%s'"),
                    chr->info.alias, dom_name(dom_chr_target_names, chr->target));
    if (!cmd_address(cmd, &p, &chr->info, err))
        return false;
    props_string(&p, "chardev", id);
    props_string(&p, "id", chr->info.alias);
    return cmd_device(cmd, "virtconsole", chr->info.alias, &p, err);
}

bool
cmd_build_chardevs(Cmd *cmd, GError **err)
{
    const struct {
        const char *element;
        const GPtrArray *list;
        bool (*build)(Cmd *cmd, const DomChr *chr, const char *id, GError **err);
    } kinds[] = {
        { "serial", cmd->def->serials, build_serial },
        { "parallel", cmd->def->parallels, build_parallel },
        { "channel", cmd->def->channels, build_channel },
        { "console", cmd->def->consoles, build_console },
    };
    DomChr *chr;

    for (guint i = 0; i < G_N_ELEMENTS(kinds); i++)
        dom_each(chr, kinds[i].list) {
            g_autofree char *id = chardev_id(chr);

            /* <console> of type serial is another name for the first serial device. */
            if (chr->is_serial_copy)
                continue;
            if (!build_backend(cmd, chr, id, err) || !kinds[i].build(cmd, chr, id, err))
                return dom_at(err, kinds[i].element, chr->info.line);
        }
    return true;
}
