/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Firmware, boot order, direct kernel boot, clock. */
#include <string.h>

#include "qemu/command-private.h"

static void
add_pflash(Cmd *cmd, int unit, const char *path, bool readonly)
{
    g_auto(Props) p = props_new("driver", "file");

    props_string(&p, "filename", path);
    props_format(&p, "node-name", "libvirt-pflash%d-storage", unit);
    props_bool(&p, "auto-read-only", true);
    props_string(&p, "discard", "unmap");
    cmd_json(cmd, "-blockdev", &p);

    p = props_new(NULL, NULL);
    props_format(&p, "node-name", "libvirt-pflash%d-format", unit);
    props_bool(&p, "read-only", readonly);
    props_string(&p, "driver", "raw");
    props_format(&p, "file", "libvirt-pflash%d-storage", unit);
    cmd_json(cmd, "-blockdev", &p);
}

bool
cmd_build_firmware(Cmd *cmd, GError **err)
{
    const DomOs *os = &cmd->def->os;

    if (!os->loader || g_strcmp0(os->loader_type, "pflash") != 0)
        return true;
    if (os->loader_secure == DOM_TRI_ON && cmd->def->features.smm != DOM_TRI_ON)
        return fail(err, VIR_ERR_CONFIG_UNSUPPORTED, _("Secure boot requires SMM feature enabled"));
    add_pflash(cmd, 0, os->loader, os->loader_readonly == DOM_TRI_ON);
    if (os->nvram)
        add_pflash(cmd, 1, os->nvram, false);
    return true;
}

/* Without it the guest's kernel could write the variables that secure boot rests on, from outside SMM. */
bool
cmd_build_secure_flash(Cmd *cmd, GError **err)
{
    if (cmd->def->os.loader_secure == DOM_TRI_ON)
        cmd_opt(cmd, "-global", "driver=cfi.pflash01,property=secure,value=on");
    return true;
}

static void
add_path(Cmd *cmd, const char *option, const char *path)
{
    if (path)
        cmd_opt(cmd, option, "%s", path);
}

bool
cmd_build_boot(Cmd *cmd, GError **err)
{
    const DomOs *os = &cmd->def->os;
    g_autoptr(GString) text = g_string_new(NULL);

    if (os->bootmenu != DOM_TRI_ABSENT)
        g_string_append_printf(text, "menu=%s,", os->bootmenu == DOM_TRI_ON ? "on" : "off");
    if (os->reboot_timeout >= 0)
        g_string_append_printf(text, "reboot-timeout=%d,", os->reboot_timeout);
    if (os->bootmenu_timeout)
        g_string_append_printf(text, "splash-time=%u,", os->bootmenu_timeout);
    cmd_opt(cmd, "-boot", "%sstrict=on", text->str);
    add_path(cmd, "-kernel", os->kernel);
    add_path(cmd, "-initrd", os->initrd);
    add_path(cmd, "-append", os->cmdline);
    add_path(cmd, "-dtb", os->dtb);
    if (g_strcmp0(os->loader_type, "pflash") != 0)
        add_path(cmd, "-bios", os->loader);
    return true;
}

/* The guest's wall clock at power-on, in its own terms. Caller frees; NULL when the zone is unknown. */
static char *
rtc_base(const DomClock *clock)
{
    g_autoptr(GTimeZone) zone = NULL;
    g_autoptr(GDateTime) now = NULL;
    g_autoptr(GDateTime) then = NULL;

    switch (clock->offset) {
    case DOM_CLOCK_NONE:
    case DOM_CLOCK_UTC:
        return g_strdup("utc");
    case DOM_CLOCK_LOCALTIME:
        return g_strdup("localtime");
    case DOM_CLOCK_TIMEZONE:
        zone = clock->timezone ? g_time_zone_new_identifier(clock->timezone) : NULL;
        break;
    case DOM_CLOCK_VARIABLE:
        zone = g_strcmp0(clock->basis, "localtime") == 0 ? g_time_zone_new_local() : g_time_zone_new_utc();
        break;
    }
    if (!zone)
        return NULL;
    now = g_date_time_new_now(zone);
    then = g_date_time_add_seconds(now, clock->offset == DOM_CLOCK_VARIABLE ? clock->adjustment : 0);
    return g_date_time_format(then, "%Y-%m-%dT%H:%M:%S");
}

static bool
add_rtc_timer(GString *text, const DomTimer *rtc, GError **err)
{
    static const char *const clocks[] = { [DOM_TRACK_GUEST] = "vm", [DOM_TRACK_WALL] = "host" };

    if (rtc->track == DOM_TRACK_BOOT)
        return fail(err, VIR_ERR_CONFIG_UNSUPPORTED, _("unsupported rtc timer track 'boot'"));
    if (rtc->track)
        g_string_append_printf(text, ",clock=%s", clocks[rtc->track]);
    if (rtc->tickpolicy == DOM_TICK_CATCHUP)
        g_string_append(text, ",driftfix=slew");
    else if (rtc->tickpolicy != DOM_TICK_NONE && rtc->tickpolicy != DOM_TICK_DELAY)
        return fail(err, VIR_ERR_CONFIG_UNSUPPORTED, _("unsupported rtc timer tickpolicy '%s'"),
                    dom_name(dom_tick_names, rtc->tickpolicy));
    return true;
}

static bool
add_pit(Cmd *cmd, const DomTimer *pit, GError **err)
{
    switch (pit->tickpolicy) {
    case DOM_TICK_NONE:
    case DOM_TICK_DELAY:
        cmd_opt(cmd, "-global", "kvm-pit.lost_tick_policy=delay");
        return true;
    case DOM_TICK_DISCARD:
        cmd_opt(cmd, "-global", "kvm-pit.lost_tick_policy=discard");
        return true;
    case DOM_TICK_CATCHUP: /* what it does by itself */
        return true;
    case DOM_TICK_MERGE:
        break;
    }
    return fail(err, VIR_ERR_CONFIG_UNSUPPORTED, _("unsupported pit tickpolicy '%s'"),
                dom_name(dom_tick_names, pit->tickpolicy));
}

bool
cmd_build_clock(Cmd *cmd, GError **err)
{
    const DomClock *clock = &cmd->def->clock;
    g_autofree char *base = rtc_base(clock);
    g_autoptr(GString) rtc = g_string_new("base=");
    DomTimer *timer;

    if (!base)
        return fail(err, VIR_ERR_CONFIG_UNSUPPORTED, _("unknown time zone '%s'"), clock->timezone ? clock->timezone : "");
    g_string_append(rtc, base);
    dom_each(timer, clock->timers)
        if (timer->name == DOM_TIMER_RTC && !add_rtc_timer(rtc, timer, err))
            return false;
    cmd_opt(cmd, "-rtc", "%s", rtc->str);
    dom_each(timer, clock->timers) {
        if (timer->name == DOM_TIMER_PLATFORM)
            return fail(err, VIR_ERR_CONFIG_UNSUPPORTED, _("unsupported timer type (name) '%s'"), "platform");
        if (timer->name == DOM_TIMER_PIT && !add_pit(cmd, timer, err))
            return false;
        if (timer->name == DOM_TIMER_HPET && timer->present == DOM_TRI_OFF && !cmd_machine_has(cmd, "hpet"))
            cmd_add(cmd, "-no-hpet");
    }
    return true;
}
