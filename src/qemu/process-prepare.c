/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What one run of a definition needs beyond the definition: ports, paths, and the QMP commands that apply it. */
#include <string.h>

#include "qemu/command-chain.h"
#include "qemu/command-setup.h"
#include "qemu/driver.h"
#include "qemu/ports.h"
#include "qemu/process-private.h"
#include "util/err.h"
#include "util/json.h"

#define VIR_FROM_THIS VIR_FROM_QEMU
#define DEFAULT_ADDRESS "127.0.0.1"

static DomListen *
first_listen(const DomGraphics *graphics)
{
    return graphics->listens->len > 0 ? g_ptr_array_index(graphics->listens, 0) : NULL;
}

static bool
wants_port(const DomGraphics *graphics)
{
    const DomListen *listen = first_listen(graphics);

    return (graphics->type == DOM_GRAPHICS_VNC || graphics->type == DOM_GRAPHICS_SPICE) && graphics->autoport == DOM_TRI_ON &&
           (!listen || listen->type == DOM_LISTEN_ADDRESS);
}

/* The ports that a display may have: those of an automatic one are in our table while the guest runs. */
static guint
ports_of(DomGraphics *graphics, int **ret_ports)
{
    ret_ports[0] = &graphics->port;
    ret_ports[1] = &graphics->tls_port;
    return wants_port(graphics) ? 2 : 0;
}

static void
choose_address(DomListen *listen)
{
    if (!listen || listen->address)
        return;
    listen->address = g_strdup(DEFAULT_ADDRESS);
    listen->from_config = true;
}

static const char *
address_of(const DomGraphics *graphics)
{
    const DomListen *listen = first_listen(graphics);

    return listen && listen->address ? listen->address : DEFAULT_ADDRESS;
}

static bool
take_port(QemuDomain *dom, const DomGraphics *graphics, bool wanted, int *ret_port, GError **err)
{
    guint16 port;

    if (!wanted)
        return true;
    if (!ports_take(dom->driver->displays, address_of(graphics), 0, &port, err))
        return false;
    *ret_port = port;
    return true;
}

static bool
choose_ports(QemuDomain *dom, DomDef *def, GError **err)
{
    const bool tls_here = dom->driver->config->spice_tls_dir != NULL;
    DomGraphics *graphics;

    /* A definition that comes from another host may name its ports: they are not ours. */
    dom_each(graphics, def->graphics)
        if (wants_port(graphics))
            graphics->port = graphics->tls_port = -1;
    dom_each(graphics, def->graphics) {
        bool plain = true, tls = false;

        if (!wants_port(graphics))
            continue;
        choose_address(first_listen(graphics));
        if (graphics->type == DOM_GRAPHICS_SPICE)
            dom_spice_wants(graphics, tls_here, &plain, &tls);
        if (!take_port(dom, graphics, plain, &graphics->port, err) || !take_port(dom, graphics, tls, &graphics->tls_port, err))
            return false;
    }
    return true;
}

static void
choose_channel_paths(DomDef *def, const char *run_dir)
{
    DomChr *channel;

    dom_each(channel, def->channels) {
        if (channel->src.type != DOM_CHR_UNIX || channel->src.path)
            continue;
        channel->src.path = g_build_filename(run_dir, channel->name ? channel->name : channel->info.alias, NULL);
        channel->src.mode = DOM_CHR_MODE_BIND;
        channel->src.auto_path = true;
    }
}

bool
qemu_process_prepare_live(QemuDomain *dom, DomDef *def, const char *run_dir, GError **err)
{
    if (!command_find_chains(def, err) || !dom_def_prepare_live(def, err))
        return false;
    choose_channel_paths(def, run_dir);
    if (choose_ports(dom, def, err))
        return true;
    qemu_process_forget_live(dom, def);
    return false;
}

void
qemu_process_claim_live(QemuDomain *dom, const DomDef *def)
{
    DomGraphics *graphics;
    int *ports[2];

    dom_each(graphics, def->graphics)
        for (guint n = ports_of(graphics, ports); n > 0; n--)
            if (*ports[n - 1] > 0)
                ports_claim(dom->driver->displays, (guint16)*ports[n - 1]);
}

void
qemu_process_forget_live(QemuDomain *dom, DomDef *def)
{
    DomGraphics *graphics;
    int *ports[2];

    dom_each(graphics, def->graphics)
        for (guint n = ports_of(graphics, ports); n > 0; n--) {
            if (*ports[n - 1] > 0)
                ports_release(dom->driver->displays, (guint16)*ports[n - 1]);
            *ports[n - 1] = -1;
        }
}

static void
add(GArray *cmds, const char *cmd, JsonObject *args)
{
    QmpCmd one = { .cmd = cmd, .args = args };

    g_array_append_val(cmds, one);
}

static void
add_balloon(const DomDef *def, bool incoming, GArray *cmds)
{
    g_autofree char *path = NULL;

    if (!def->balloon || def->balloon->model == DOM_BALLOON_NONE || !def->balloon->info.alias)
        return;
    if (def->balloon->stats_period > 0) {
        path = g_strdup_printf("/machine/peripheral/%s", def->balloon->info.alias);
        add(cmds, "qom-set", json_make("s:path", path, "s:property", "guest-stats-polling-interval", "I:value",
                                       (gint64)def->balloon->stats_period, NULL));
    }
    /* An incoming guest brings its balloon along. */
    if (!incoming && def->current_kib > 0 && def->current_kib < def->memory_kib)
        add(cmds, "balloon", json_make("I:value", (gint64)def->current_kib * 1024, NULL));
}

/* An empty one lets nobody in: QEMU would take it for a password, so it ends at once. */
static void
add_password(const DomGraphics *graphics, GArray *cmds)
{
    const char *protocol = dom_name(dom_graphics_names, graphics->type);

    add(cmds, "set_password", json_make("s:protocol", protocol, "s:password", graphics->passwd, NULL));
    if (!*graphics->passwd)
        add(cmds, "expire_password", json_make("s:protocol", protocol, "s:time", "now", NULL));
}

static void
add_passwords(const DomDef *def, GArray *cmds)
{
    DomGraphics *graphics;

    dom_each(graphics, def->graphics)
        if (graphics->passwd)
            add_password(graphics, cmds);
}

void
qemu_process_setup_cmds(const DomDef *def, bool incoming, GArray *cmds)
{
    add(cmds, "query-chardev", NULL);
    if (def->memories->len > 0)
        add(cmds, "query-memory-devices", NULL);
    command_setup(def, cmds);
    add_passwords(def, cmds);
    add_balloon(def, incoming, cmds);
}

/* "pty:/dev/pts/3" of the character device of this alias; NULL: none. */
static const char *
find_pty(JsonArray *chardevs, const char *alias)
{
    g_autofree char *label = g_strconcat("char", alias, NULL);

    for (guint i = 0; i < json_array_size(chardevs); i++) {
        JsonObject *row = json_array_object(chardevs, i);
        const char *file = json_get_string(row, "filename");

        if (g_strcmp0(json_get_string(row, "label"), label) == 0 && file && g_str_has_prefix(file, "pty:"))
            return file + strlen("pty:");
    }
    return NULL;
}

static void
read_list(GPtrArray *list, JsonArray *chardevs)
{
    DomChr *chr;

    dom_each(chr, list) {
        const char *pty = chr->src.type == DOM_CHR_PTY && chr->info.alias ? find_pty(chardevs, chr->info.alias) : NULL;

        if (!pty)
            continue;
        g_free(chr->src.path);
        chr->src.path = g_strdup(pty);
    }
}

/* The first console shows the first serial port: the path once more. */
static void
read_consoles(DomDef *def)
{
    DomChr *console, *serial = def->serials->len > 0 ? g_ptr_array_index(def->serials, 0) : NULL;

    dom_each(console, def->consoles) {
        if (!console->is_serial_copy || !serial || !serial->src.path)
            continue;
        g_free(console->src.path);
        console->src.path = g_strdup(serial->src.path);
    }
}

static void
read_ptys(DomDef *def, JsonArray *chardevs)
{
    GPtrArray *lists[] = { def->serials, def->parallels, def->consoles, def->channels };

    for (gsize i = 0; i < G_N_ELEMENTS(lists); i++)
        read_list(lists[i], chardevs);
    read_consoles(def);
}

static gint64
find_base(JsonArray *dimms, const char *alias)
{
    for (guint i = 0; i < json_array_size(dimms); i++) {
        JsonObject *data = json_get_object(json_array_object(dimms, i), "data");
        gint64      addr;

        if (g_strcmp0(json_get_string(data, "id"), alias) == 0 && json_get_int(data, "addr", &addr))
            return addr;
    }
    return 0;
}

static void
read_dimms(DomDef *def, JsonArray *dimms)
{
    DomMemory *memory;

    dom_each(memory, def->memories)
        if (!memory->info.addr.dimm.base)
            memory->info.addr.dimm.base = (guint64)find_base(dimms, memory->info.alias);
}

void
qemu_process_read_setup(DomDef *def, JsonNode *const *rets)
{
    read_ptys(def, json_as_array(rets[0]));
    if (def->memories->len > 0)
        read_dimms(def, json_as_array(rets[1]));
}
