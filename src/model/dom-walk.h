/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Visits every device of a definition once, in the order of the XML (the console that mirrors a serial port is none). For the passes of this room (aliases, addresses, checks).
 */
#pragma once

#include "model/dom-def.h"

typedef enum {
    DOM_DEV_DISK, DOM_DEV_CONTROLLER, DOM_DEV_NET, DOM_DEV_SERIAL, DOM_DEV_PARALLEL, DOM_DEV_CONSOLE, DOM_DEV_CHANNEL,
    DOM_DEV_INPUT, DOM_DEV_TPM, DOM_DEV_SOUND, DOM_DEV_VIDEO, DOM_DEV_HUB, DOM_DEV_WATCHDOG, DOM_DEV_BALLOON, DOM_DEV_RNG,
    DOM_DEV_PANIC, DOM_DEV_MEMORY
} DomDeviceKind;

typedef struct {
    DomDeviceKind kind;
    const char *element;    /* "disk" */
    void *body;             /* DomDisk *, ... */
    DomInfo *info;
    unsigned position;      /* among its kind */
} DomDevice;

typedef void DomDeviceVisit(DomDef *def, DomDevice *device, void *opaque);

void dom_each_device(DomDef *def, DomDeviceVisit *visit, void *opaque);
