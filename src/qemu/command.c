/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The command line as a whole: which subject comes when. */
#include "qemu/command.h"

#include <string.h>

#include "qemu/command-private.h"

void
cmd_add(Cmd *cmd, const char *word)
{
    g_ptr_array_add(cmd->argv, g_strdup(word));
}

void
cmd_opt(Cmd *cmd, const char *option, const char *format, ...)
{
    va_list args;

    cmd_add(cmd, option);
    va_start(args, format);
    g_ptr_array_add(cmd->argv, g_strdup_vprintf(format, args));
    va_end(args);
}

void
cmd_json(Cmd *cmd, const char *option, Props *p)
{
    cmd_add(cmd, option);
    g_ptr_array_add(cmd->argv, props_finish(p));
}

bool
cmd_device(Cmd *cmd, const char *driver, const char *user, Props *p, GError **err)
{
    if (!qemu_caps_need_device(cmd->caps, driver, user ? user : "device", err))
        return false;
    cmd_json(cmd, "-device", p);
    return true;
}

char *
cmd_escape(const char *value)
{
    g_auto(GStrv) parts = g_strsplit(value, ",", -1);

    return g_strjoinv(",,", parts);
}

static bool
build_name(Cmd *cmd, GError **err)
{
    g_autofree char *name = cmd_escape(cmd->def->name);

    cmd_opt(cmd, "-name", "guest=%s,debug-threads=on", name);
    cmd_add(cmd, "-S");
    return true;
}

static bool
build_master_key(Cmd *cmd, GError **err)
{
    g_auto(Props) p = props_new("qom-type", "secret");

    props_string(&p, "id", "masterKey0");
    props_string(&p, "format", "raw");
    props_format(&p, "file", "%s/master-key.aes", cmd->env->domain_dir);
    cmd_json(cmd, "-object", &p);
    return true;
}

static bool
build_uuid(Cmd *cmd, GError **err)
{
    char uuid[37];

    dom_def_uuid_string(cmd->def, uuid);
    cmd_opt(cmd, "-uuid", "%s", uuid);
    return true;
}

static bool
build_isolation(Cmd *cmd, GError **err)
{
    if (!cmd->def->graphics->len)
        cmd_opt(cmd, "-display", "none");
    cmd_add(cmd, "-no-user-config");
    cmd_add(cmd, "-nodefaults");
    return true;
}

bool
cmd_build_monitor(Cmd *cmd, GError **err)
{
    if (cmd->env->resources) {
        cmd_opt(cmd, "-chardev", "socket,id=charmonitor,fd=%d,server=on,wait=off",
                cmd_fd(cmd, RES_UNIX_SERVER, "charmonitor", 0));
    } else {
        g_autofree char *path = cmd_escape(cmd->env->monitor_path);

        cmd_opt(cmd, "-chardev", "socket,id=charmonitor,path=%s,server=on,wait=off", path);
    }
    cmd_opt(cmd, "-mon", "chardev=charmonitor,id=monitor,mode=control");
    return true;
}

static bool
build_genid(Cmd *cmd, GError **err)
{
    g_auto(Props) p = { NULL };

    if (!cmd->def->genid)
        return true;
    p = props_new("driver", "vmgenid");
    props_string(&p, "guid", cmd->def->genid);
    props_string(&p, "id", "vmgenid0");
    return cmd_device(cmd, "vmgenid", "genid", &p, err);
}

static bool
build_incoming(Cmd *cmd, GError **err)
{
    if (cmd->env->incoming)
        cmd_opt(cmd, "-incoming", "defer");
    return true;
}

static bool
build_sandbox(Cmd *cmd, GError **err)
{
    if (qemu_caps_has_option(cmd->caps, "sandbox", NULL))
        cmd_opt(cmd, "-sandbox", "on,obsolete=deny,elevateprivileges=deny,spawn=deny,resourcecontrol=deny");
    return true;
}

static bool
build_log_format(Cmd *cmd, GError **err)
{
    cmd_opt(cmd, "-msg", "timestamp=on");
    return true;
}

typedef enum { AT_NOTHING, AT_OS, AT_CPU, AT_VCPU, AT_MEMORY, AT_CLOCK, AT_FEATURES } Place;

/* The element that a subject is made from; those of devices say it themselves. */
static const struct {
    bool (*build)(Cmd *cmd, GError **err);
    Place place;
} subjects[] = {
    { build_name },
    { build_master_key },
    { cmd_build_firmware, AT_OS },
    { cmd_build_machine, AT_OS },
    { cmd_build_accel },
    { cmd_build_cpu, AT_CPU },
    { cmd_build_secure_flash, AT_OS },
    { cmd_build_memory, AT_MEMORY },
    { cmd_build_smp, AT_VCPU },
    { cmd_build_iothreads },
    { cmd_build_numa, AT_CPU },
    { build_uuid },
    { cmd_build_smbios, AT_OS },
    { build_isolation },
    { cmd_build_monitor },
    { cmd_build_clock, AT_CLOCK },
    { cmd_build_power },
    { cmd_build_boot, AT_OS },
    { cmd_build_controllers },
    { cmd_build_hubs },
    { cmd_build_memory_devices },
    { cmd_build_disks },
    { cmd_build_nets },
    { cmd_build_chardevs },
    { cmd_build_tpms },
    { cmd_build_inputs },
    { cmd_build_audio },
    { cmd_build_graphics },
    { cmd_build_videos },
    { cmd_build_sounds },
    { cmd_build_watchdogs },
    { build_incoming },
    { cmd_build_balloon },
    { cmd_build_rngs },
    { build_genid },
    { build_sandbox },
    { cmd_build_panics },
    { build_log_format },
};

/* QEMU and its libraries look for their caches and settings where nobody else's are. */
static char **
build_env(const CommandEnv *env)
{
    static const struct { const char *name, *sub; } dirs[] = {
        { "XDG_DATA_HOME", ".local/share" }, { "XDG_CACHE_HOME", ".cache" }, { "XDG_CONFIG_HOME", ".config" },
    };
    g_autoptr(GPtrArray) list = g_ptr_array_new();

    for (guint i = 0; i < G_N_ELEMENTS(dirs); i++)
        g_ptr_array_add(list, g_strdup_printf("%s=%s/%s", dirs[i].name, env->domain_dir, dirs[i].sub));
    g_ptr_array_add(list, NULL);
    return (char **)g_ptr_array_free(g_steal_pointer(&list), FALSE);
}

static bool
blame(const DomDef *def, Place place, GError **err)
{
    const struct { const char *element; int line; } places[] = {
        [AT_NOTHING] = { "domain", 0 }, [AT_OS] = { "os", def->os.line }, [AT_CPU] = { "cpu", def->cpu ? def->cpu->line : 0 },
        [AT_VCPU] = { "vcpu", def->lines.vcpu }, [AT_MEMORY] = { "memoryBacking", def->membacking.line },
        [AT_CLOCK] = { "clock", def->clock.line }, [AT_FEATURES] = { "features", def->features.line },
    };

    return dom_at(err, places[place].element, places[place].line);
}

bool
command_build(const CommandEnv *env, QemuCommand **ret_command, GError **err)
{
    g_autoptr(QemuCommand) command = g_new0(QemuCommand, 1);
    Cmd cmd = { .env = env, .def = env->def, .caps = env->caps };

    command->argv = cmd.argv = g_ptr_array_new_with_free_func(g_free);
    cmd_add(&cmd, qemu_caps_binary(env->caps));
    for (guint i = 0; i < G_N_ELEMENTS(subjects); i++)
        if (!subjects[i].build(&cmd, err))
            return blame(env->def, subjects[i].place, err);
    g_ptr_array_add(cmd.argv, NULL);
    command->envv = build_env(env);
    *ret_command = g_steal_pointer(&command);
    return true;
}

bool
command_check(const CommandEnv *env, GError **err)
{
    CommandEnv dry = *env;
    g_autoptr(QemuCommand) command = NULL;

    dry.resources = NULL;
    return command_build(&dry, &command, err);
}

void
qemu_command_free(QemuCommand *command)
{
    if (!command)
        return;
    g_ptr_array_unref(command->argv);
    g_strfreev(command->envv);
    g_free(command);
}

char *
command_format_shell(const QemuCommand *command)
{
    g_autoptr(GString) text = g_string_new(NULL);

    for (char **env = command->envv; env && *env; env++) {
        g_autofree char *quoted = g_shell_quote(strchr(*env, '=') + 1);

        g_string_append_printf(text, "%.*s=%s \\\n", (int)(strchr(*env, '=') - *env), *env, quoted);
    }
    for (guint i = 0; i < command->argv->len - 1; i++) {
        const char *word = g_ptr_array_index(command->argv, i);
        const char *next = g_ptr_array_index(command->argv, i + 1);
        g_autofree char *quoted = g_shell_quote(word);
        const bool plain = *word && strspn(word, G_CSET_A_2_Z G_CSET_a_2_z G_CSET_DIGITS "-_=+.,:/@%") == strlen(word);

        g_string_append(text, plain ? word : quoted);
        if (next)
            g_string_append(text, *next == '-' ? " \\\n" : " ");
    }
    g_string_append_c(text, '\n');
    return g_string_free(g_steal_pointer(&text), FALSE);
}
