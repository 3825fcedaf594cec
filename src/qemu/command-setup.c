/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "qemu/command-setup.h"

#include "qemu/qmp-client.h"
#include "util/json.h"

static void
add(GArray *cmds, const char *name, JsonObject *args)
{
    const QmpCmd cmd = { .cmd = name, .args = args };

    g_array_append_val(cmds, cmd);
}

static void
add_links(const DomDef *def, GArray *cmds)
{
    DomNet *net;

    dom_each(net, def->nets)
        if (net->link == DOM_LINK_DOWN)
            add(cmds, "set_link", json_make("s:name", net->info.alias, "b:up", false, NULL));
}

/* QEMU wants the six basic limits in any case, and the bursts only where they are used. */
static void
add_throttle(const DomDisk *disk, GArray *cmds)
{
    const DomIoTune *t = &disk->iotune;
    const struct { const char *name; guint64 value; bool always; } rows[] = {
        { "bps", t->total_bytes_sec, true }, { "bps_rd", t->read_bytes_sec, true },
        { "bps_wr", t->write_bytes_sec, true }, { "iops", t->total_iops_sec, true },
        { "iops_rd", t->read_iops_sec, true }, { "iops_wr", t->write_iops_sec, true },
        { "bps_max", t->total_bytes_sec_max, false }, { "bps_rd_max", t->read_bytes_sec_max, false },
        { "bps_wr_max", t->write_bytes_sec_max, false }, { "iops_max", t->total_iops_sec_max, false },
        { "iops_rd_max", t->read_iops_sec_max, false }, { "iops_wr_max", t->write_iops_sec_max, false },
        { "iops_size", t->size_iops_sec, false },
    };
    /* The images of a virtio disk belong to the device behind its PCI function. */
    const bool behind = disk->bus == DOM_DISK_BUS_VIRTIO;
    g_autofree char *id = behind ? g_strdup_printf("/machine/peripheral/%s/virtio-backend", disk->info.alias)
                                 : g_strdup(disk->info.alias);
    JsonObject *args = json_make("s:id", id, NULL);
    bool limited = false;

    for (guint i = 0; i < G_N_ELEMENTS(rows); i++) {
        limited = limited || rows[i].value;
        if (rows[i].always || rows[i].value)
            json_object_set_int_member(args, rows[i].name, rows[i].value);
    }
    if (limited)
        add(cmds, "block_set_io_throttle", args);
    else
        json_object_unref(args);
}

void
command_setup(const DomDef *def, GArray *cmds)
{
    DomDisk *disk;

    add_links(def, cmds);
    dom_each(disk, def->disks)
        if (!dom_disk_is_empty(disk))
            add_throttle(disk, cmds);
    /* The guest's own reboot ends the run. */
    if (def->on_reboot == DOM_ACTION_DESTROY)
        add(cmds, "set-action", json_make("s:reboot", "shutdown", NULL));
}
