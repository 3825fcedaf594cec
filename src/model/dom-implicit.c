/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What every PC has without being asked, in libvirt's order, as the order shows in the XML. */
#include "model/dom-rows.h"

#include "model/dom-layout.h"

static void
add_machine_controllers(DomDef *def)
{
    bool q35 = dom_def_is_q35(def);

    if (!dom_def_controller(def, DOM_CONTROLLER_USB, 0))
        dom_add_controller(def, DOM_CONTROLLER_USB, 0, q35 ? DOM_MODEL_QEMU_XHCI : DOM_MODEL_PIIX3_UHCI);
    if (q35 && !dom_def_controller(def, DOM_CONTROLLER_SATA, 0))
        dom_add_controller(def, DOM_CONTROLLER_SATA, 0, DOM_MODEL_NONE);
    if (!dom_def_controller(def, DOM_CONTROLLER_PCI, 0))
        dom_add_controller(def, DOM_CONTROLLER_PCI, 0, q35 ? DOM_MODEL_PCIE_ROOT : DOM_MODEL_PCI_ROOT);
}

static void
add_ps2(DomDef *def, DomInputType type)
{
    DomInput *input;

    dom_each(input, def->inputs)
        if (input->type == type && input->bus == DOM_INPUT_BUS_PS2)
            return;

    input = rows_new(&dom_input_table);
    input->type = type;
    input->bus = DOM_INPUT_BUS_PS2;
    g_ptr_array_add(def->inputs, input);
}

static void
add_audio(DomDef *def)
{
    bool spice = false;
    DomGraphics *graphics;

    if (def->audios->len)
        return;
    dom_each(graphics, def->graphics)
        spice |= graphics->type == DOM_GRAPHICS_SPICE;

    DomAudio *audio = rows_new(&dom_audio_table);

    audio->id = 1;
    audio->type = spice ? DOM_AUDIO_SPICE : DOM_AUDIO_NONE;
    g_ptr_array_add(def->audios, audio);
}

static void
add_video(DomDef *def)
{
    if (!def->graphics->len || def->videos->len)
        return;

    DomVideo *video = rows_new(&dom_video_table);

    video->type = DOM_VIDEO_CIRRUS;
    video->vram = 16384;
    video->heads = 1;
    video->primary = DOM_TRI_ON;
    g_ptr_array_add(def->videos, video);
}

static void
add_virtio_serial(DomDef *def, const GPtrArray *list)
{
    DomChr *chr;

    dom_each(chr, list) {
        int index = chr->info.addr.type == DOM_ADDR_VIRTIO_SERIAL ? (int)chr->info.addr.vserial.controller : 0;

        if (chr->target == DOM_CHR_TARGET_VIRTIO && !dom_def_controller(def, DOM_CONTROLLER_VIRTIO_SERIAL, index))
            dom_add_controller(def, DOM_CONTROLLER_VIRTIO_SERIAL, index, DOM_MODEL_NONE);
    }
}

bool
dom_add_implicit(DomDef *def, GError **err)
{
    add_machine_controllers(def);
    add_ps2(def, DOM_INPUT_MOUSE);
    add_ps2(def, DOM_INPUT_KEYBOARD);
    add_audio(def);
    add_video(def);
    if (!def->balloon) {
        def->balloon = rows_new(&dom_balloon_table);
        def->balloon->model = DOM_BALLOON_VIRTIO;
    }
    if (!dom_add_disk_controllers(def, err))
        return false;
    add_virtio_serial(def, def->channels);
    add_virtio_serial(def, def->consoles);
    return true;
}
