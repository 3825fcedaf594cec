/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The tables of rows that describe the domain XML; for the dom-*.c files of this room only.
 */
#pragma once

#include "model/dom-def.h"
#include "model/rows.h"

#define VIR_FROM_THIS VIR_FROM_DOMAIN

extern const RowTable dom_table, dom_cpu_table, dom_cpu_feature_table, dom_fw_feature_table;
extern const RowTable dom_info_table, dom_source_table, dom_backing_table, dom_disk_table, dom_controller_table, dom_net_table;
extern const RowTable dom_serial_table, dom_parallel_table, dom_console_table, dom_channel_table;
extern const RowTable dom_input_table, dom_graphics_table, dom_listen_table, dom_video_table, dom_sound_table, dom_audio_table,
    dom_hub_table;
extern const RowTable dom_balloon_table, dom_rng_table, dom_watchdog_table, dom_panic_table, dom_tpm_table, dom_memory_table;
