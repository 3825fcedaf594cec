/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <string.h>
#include <unistd.h>

#include "qemu/host-private.h"
#include "util/err.h"

#define VIR_FROM_THIS VIR_FROM_QEMU

char *
host_name(void)
{
    return g_strdup(g_get_host_name());
}

/* Vendors that do not number their boards repeat one digit. */
static bool
is_placeholder(const guint8 *uuid)
{
    for (int i = 1; i < VIR_UUID_BUFLEN; i++)
        if (uuid[i] != uuid[0])
            return false;
    return true;
}

bool
host_dmi_uuid(const char *sysroot, guint8 *ret_uuid)
{
    g_autofree char *text = host_read(sysroot, "/sys/class/dmi/id/product_uuid");
    guint8 uuid[VIR_UUID_BUFLEN];
    guint n = 0;

    if (!text || !g_uuid_string_is_valid(text))
        return false;
    for (const char *at = text; *at && n < sizeof(uuid);) {
        if (*at == '-') {
            at++;
            continue;
        }
        uuid[n++] = g_ascii_xdigit_value(at[0]) << 4 | g_ascii_xdigit_value(at[1]);
        at += 2;
    }
    if (is_placeholder(uuid))
        return false;
    memcpy(ret_uuid, uuid, sizeof(uuid));
    return true;
}

/* SMBIOS block and entry in libvirt's XML <- the kernel's file. */
static const struct { const char *block, *entry, *file; } dmi_rows[] = {
    { "bios", "vendor", "bios_vendor" },
    { "bios", "version", "bios_version" },
    { "bios", "date", "bios_date" },
    { "bios", "release", "bios_release" },
    { "system", "manufacturer", "sys_vendor" },
    { "system", "product", "product_name" },
    { "system", "version", "product_version" },
    { "system", "serial", "product_serial" },
    { "system", "uuid", "product_uuid" },
    { "system", "sku", "product_sku" },
    { "system", "family", "product_family" },
    { "baseBoard", "manufacturer", "board_vendor" },
    { "baseBoard", "product", "board_name" },
    { "baseBoard", "version", "board_version" },
    { "baseBoard", "serial", "board_serial" },
    { "baseBoard", "asset", "board_asset_tag" },
    { "chassis", "manufacturer", "chassis_vendor" },
    { "chassis", "version", "chassis_version" },
    { "chassis", "serial", "chassis_serial" },
    { "chassis", "asset", "chassis_asset_tag" },
};

char *
host_sysinfo_xml(const char *sysroot, GError **err)
{
    g_autoptr(GString) xml = g_string_new("<sysinfo type='smbios'>\n");
    const char *open = NULL;

    for (guint i = 0; i < G_N_ELEMENTS(dmi_rows); i++) {
        g_autofree char *value = host_read(sysroot, "/sys/class/dmi/id/%s", dmi_rows[i].file);
        g_autofree char *valid = value ? g_utf8_make_valid(value, -1) : NULL;
        g_autofree char *escaped = valid ? g_markup_escape_text(valid, -1) : NULL;

        if (!escaped || !*g_strstrip(escaped))
            continue;
        if (!open || !g_str_equal(open, dmi_rows[i].block)) {
            if (open)
                g_string_append_printf(xml, "  </%s>\n", open);
            open = dmi_rows[i].block;
            g_string_append_printf(xml, "  <%s>\n", open);
        }
        g_string_append_printf(xml, "    <entry name='%s'>%s</entry>\n", dmi_rows[i].entry, escaped);
    }
    if (!open)
        return fail_null(err, VIR_ERR_CONFIG_UNSUPPORTED, _("Host SMBIOS information is not available"));
    g_string_append_printf(xml, "  </%s>\n</sysinfo>\n", open);
    return g_string_free(g_steal_pointer(&xml), FALSE);
}
