/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "model/dom-walk.h"

typedef struct {
    DomDeviceKind kind;
    const char *element;
    size_t list;
    size_t info;
} Kind;

#define KIND(kind, element, member, type) {kind, element, offsetof(DomDef, member), offsetof(type, info)}

static const Kind kinds[] = {
    KIND(DOM_DEV_DISK, "disk", disks, DomDisk),
    KIND(DOM_DEV_CONTROLLER, "controller", controllers, DomController),
    KIND(DOM_DEV_NET, "interface", nets, DomNet),
    KIND(DOM_DEV_SERIAL, "serial", serials, DomChr),
    KIND(DOM_DEV_PARALLEL, "parallel", parallels, DomChr),
    KIND(DOM_DEV_CONSOLE, "console", consoles, DomChr),
    KIND(DOM_DEV_CHANNEL, "channel", channels, DomChr),
    KIND(DOM_DEV_INPUT, "input", inputs, DomInput),
    KIND(DOM_DEV_TPM, "tpm", tpms, DomTpm),
    KIND(DOM_DEV_SOUND, "sound", sounds, DomSound),
    KIND(DOM_DEV_VIDEO, "video", videos, DomVideo),
    KIND(DOM_DEV_HUB, "hub", hubs, DomHub),
    KIND(DOM_DEV_WATCHDOG, "watchdog", watchdogs, DomWatchdog),
    KIND(DOM_DEV_RNG, "rng", rngs, DomRng),
    KIND(DOM_DEV_PANIC, "panic", panics, DomPanic),
    KIND(DOM_DEV_MEMORY, "memory", memories, DomMemory),
};

void
dom_each_device(DomDef *def, DomDeviceVisit *visit, void *opaque)
{
    for (size_t i = 0; i < G_N_ELEMENTS(kinds); i++) {
        GPtrArray *list = *(GPtrArray **)((char *)def + kinds[i].list);

        for (guint at = 0; at < list->len; at++) {
            char *body = g_ptr_array_index(list, at);
            /* Not a device, but the first serial port under another name. */
            if (kinds[i].kind == DOM_DEV_CONSOLE && ((DomChr *)(void *)body)->is_serial_copy)
                continue;

            DomDevice device = {kinds[i].kind, kinds[i].element, body, (DomInfo *)(void *)(body + kinds[i].info), at};

            visit(def, &device, opaque);
        }
    }

    if (def->balloon) {
        DomDevice device = {DOM_DEV_BALLOON, "memballoon", def->balloon, &def->balloon->info, 0};

        visit(def, &device, opaque);
    }
}
