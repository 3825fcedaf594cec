/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Between command.c, which knows the order of the command line, and the command-*.c files, which know one subject
 * each. Everything here runs on the caller's thread and touches nothing but its arguments.
 *
 * Each build function adds its arguments and may fail; it checks what it uses against the capabilities at that place,
 * so that a device cannot be added without the check.
 */
#pragma once

#include "model/dom-def.h"
#include "qemu/command-props.h"
#include "qemu/command.h"
#include "util/err.h"

#define VIR_FROM_THIS VIR_FROM_QEMU

typedef struct {
    const CommandEnv *env;
    const DomDef     *def;  /* env->def */
    const QemuCaps   *caps; /* env->caps */
    GPtrArray        *argv;
    guint             n_fdsets;
} Cmd;

void cmd_add(Cmd *cmd, const char *word);
/* Two words: an option and its formatted value. */
void cmd_opt(Cmd *cmd, const char *option, const char *format, ...) G_GNUC_PRINTF(3, 4);
/* Takes p's text. */
void cmd_json(Cmd *cmd, const char *option, Props *p);
/* -device, after checking that QEMU has p's driver. user: "disk 'vda'", for the message. */
bool cmd_device(Cmd *cmd, const char *driver, const char *user, Props *p, GError **err);
/* For values inside a comma-separated option: commas doubled. Caller frees. */
char *cmd_escape(const char *value);

/* "bus" and "addr", "port", "nr" ... of a device; false: the address does not fit (an unknown controller). */
bool cmd_address(Cmd *cmd, Props *p, const DomInfo *info, GError **err);
/* rombar and romfile. */
void cmd_rom(Props *p, const DomInfo *info);
/* Position in the boot order, 1..; 0: none. Per device, or from <os><boot>. */
guint cmd_boot_disk(const DomDef *def, const DomDisk *disk);
guint cmd_boot_net(const DomDef *def, const DomNet *net);

/* The subjects, in the order of the command line. */
bool cmd_build_firmware(Cmd *cmd, GError **err);
bool cmd_build_secure_flash(Cmd *cmd, GError **err);
bool cmd_build_machine(Cmd *cmd, GError **err);
bool cmd_build_accel(Cmd *cmd, GError **err);
bool cmd_build_cpu(Cmd *cmd, GError **err);
bool cmd_build_memory(Cmd *cmd, GError **err);
bool cmd_build_smp(Cmd *cmd, GError **err);
bool cmd_build_iothreads(Cmd *cmd, GError **err);
bool cmd_build_numa(Cmd *cmd, GError **err);
bool cmd_build_smbios(Cmd *cmd, GError **err);
bool cmd_build_monitor(Cmd *cmd, GError **err);
bool cmd_build_clock(Cmd *cmd, GError **err);
bool cmd_build_power(Cmd *cmd, GError **err);
bool cmd_build_boot(Cmd *cmd, GError **err);
bool cmd_build_controllers(Cmd *cmd, GError **err);
bool cmd_build_hubs(Cmd *cmd, GError **err);
bool cmd_build_memory_devices(Cmd *cmd, GError **err);
bool cmd_build_disks(Cmd *cmd, GError **err);
bool cmd_build_nets(Cmd *cmd, GError **err);
bool cmd_build_chardevs(Cmd *cmd, GError **err);
bool cmd_build_tpms(Cmd *cmd, GError **err);
bool cmd_build_inputs(Cmd *cmd, GError **err);
bool cmd_build_audio(Cmd *cmd, GError **err);
/* The one that a display plays; NULL: none. */
const DomAudio *cmd_first_audio(const DomDef *def);
bool cmd_build_graphics(Cmd *cmd, GError **err);
bool cmd_build_videos(Cmd *cmd, GError **err);
bool cmd_build_sounds(Cmd *cmd, GError **err);
bool cmd_build_watchdogs(Cmd *cmd, GError **err);
bool cmd_build_balloon(Cmd *cmd, GError **err);
bool cmd_build_rngs(Cmd *cmd, GError **err);
bool cmd_build_panics(Cmd *cmd, GError **err);

/* Is `-machine NAME=` understood (options), for what older ones spelled as an option of its own? */
bool cmd_machine_has(const Cmd *cmd, const char *property);

/* Resources of a user ("hostnet0"); NULL: not planned, or no resources at all. */
const Resource *cmd_resource(const Cmd *cmd, ResourceKind kind, const char *user, guint queue);
/* Its descriptor; -1: none. */
int cmd_fd(const Cmd *cmd, ResourceKind kind, const char *user, guint queue);
/* What the subjects need from the host. */
void plan_chardevs(QemuResources *resources, const CommandEnv *env);
void plan_tpms(QemuResources *resources, const CommandEnv *env);
bool plan_nets(QemuResources *resources, const CommandEnv *env, GError **err);
Resource *plan_add(QemuResources *resources, ResourceKind kind, const char *user, const char *path);
