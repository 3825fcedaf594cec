/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "model/rows-value.h"

#include <errno.h>
#include <string.h>

#include "model/dom-def.h"

bool
rows_number(const char *text, uint64_t max, uint64_t *ret_value)
{
    char *end;

    /* g_ascii_strtoull takes signs and blanks that an XML number must not have. */
    if (!g_ascii_isdigit(*text))
        return false;

    errno = 0;
    bool hex = text[0] == '0' && (text[1] == 'x' || text[1] == 'X');
    uint64_t value = g_ascii_strtoull(text, &end, hex ? 16 : 10);

    if (errno != 0 || *end != '\0' || value > max)
        return false;

    *ret_value = value;
    return true;
}

static bool
signed_number(const char *text, int64_t min, int64_t max, int64_t *ret_value)
{
    uint64_t magnitude;
    bool negative = *text == '-';

    if (!rows_number(text + negative, INT64_MAX, &magnitude))
        return false;

    int64_t value = negative ? -(int64_t)magnitude : (int64_t)magnitude;

    if (value < min || value > max)
        return false;

    *ret_value = value;
    return true;
}

typedef struct { const char *name; uint64_t bytes; } Unit;

static const Unit units[] = {
    {"b", 1}, {"bytes", 1},
    {"KB", 1000}, {"k", 1024}, {"KiB", 1024},
    {"MB", 1000000}, {"M", 1ull << 20}, {"MiB", 1ull << 20},
    {"GB", 1000000000}, {"G", 1ull << 30}, {"GiB", 1ull << 30},
    {"TB", 1000000000000}, {"T", 1ull << 40}, {"TiB", 1ull << 40},
    {"PB", 1000000000000000}, {"P", 1ull << 50}, {"PiB", 1ull << 50},
};

static bool fail_value(const char *text, const RowPlace *place, const char *expected, GError **err);

static bool
read_kib(const char *text, const char *unit, uint64_t *ret_kib, const RowPlace *place, GError **err)
{
    uint64_t count;

    if (!rows_number(text, UINT64_MAX, &count))
        return fail_value(text, place, _("a size"), err);

    for (size_t i = 0; i < G_N_ELEMENTS(units); i++) {
        if (g_ascii_strcasecmp(units[i].name, unit) != 0)
            continue;
        /* libvirt's own ceiling: the byte count must fit a signed 64-bit number. */
        if (count > (uint64_t)INT64_MAX / units[i].bytes)
            return verr_set(err, place->from, VIR_ERR_OVERFLOW, _("value too large: %s%s (<%s>, line %d)"), text, unit, place->node->name,
                            place->node->line);
        *ret_kib = (count * units[i].bytes + 1023) / 1024;
        return true;
    }
    return verr_set(err, place->from, VIR_ERR_INVALID_ARG, _("unknown suffix '%.80s' (<%s>, line %d)"), unit, place->node->name,
                    place->node->line);
}

static bool
read_mac(const char *text, unsigned char *ret_mac)
{
    unsigned char mac[6];

    for (int i = 0; i < 6; i++) {
        int high = g_ascii_xdigit_value(text[0]);
        int low = high < 0 ? -1 : g_ascii_xdigit_value(text[1]);

        if (high < 0 || low < 0 || text[2] != (i < 5 ? ':' : '\0'))
            return false;
        mac[i] = (unsigned char)(high << 4 | low);
        text += 3;
    }
    memcpy(ret_mac, mac, sizeof(mac));
    return true;
}

static char *
print_mac(const unsigned char *mac)
{
    return g_strdup_printf("%02x:%02x:%02x:%02x:%02x:%02x", mac[0], mac[1], mac[2], mac[3], mac[4], mac[5]);
}

static char *
print_uuid(const unsigned char *uuid)
{
    char text[37];

    dom_uuid_format(uuid, text);
    return g_strdup(text);
}

/* The "given" flag directly follows a uuid or mac in its struct. */
static bool *
given_flag(const Row *row, const void *obj)
{
    return (bool *)((char *)obj + row->off + row->size);
}

char *
row_value_print(const Row *row, const void *obj)
{
    const void *at = (const char *)obj + row->off;
    bool always = row->flags & ROW_ALWAYS;

    switch (row->kind) {
    case ROW_STR:
        return g_strdup(*(char *const *)at);
    case ROW_ENUM:
        return g_strdup(dom_name(row->arg, *(const int *)at));
    case ROW_UINT:
        return *(const unsigned *)at || always ? g_strdup_printf("%u", *(const unsigned *)at) : NULL;
    case ROW_INT:
        return *(const int *)at != -1 || always ? g_strdup_printf("%d", *(const int *)at) : NULL;
    case ROW_KIB:
    case ROW_U64:
        return *(const uint64_t *)at || always ? g_strdup_printf("%" G_GUINT64_FORMAT, *(const uint64_t *)at) : NULL;
    case ROW_I64:
        return *(const int64_t *)at || always ? g_strdup_printf("%" G_GINT64_FORMAT, *(const int64_t *)at) : NULL;
    case ROW_HEX:
        return *(const unsigned *)at || always ? g_strdup_printf(row->arg, *(const unsigned *)at) : NULL;
    case ROW_HEX64:
        return *(const uint64_t *)at || always ? g_strdup_printf(row->arg, *(const uint64_t *)at) : NULL;
    case ROW_FLAG:
        return *(const bool *)at ? g_strdup("yes") : NULL;
    case ROW_UUID:
        return print_uuid(at);
    case ROW_MAC:
        return *given_flag(row, obj) ? print_mac(at) : NULL;
    default:
        return NULL;
    }
}

static bool
fail_value(const char *text, const RowPlace *place, const char *expected, GError **err)
{
    g_autofree char *shown = g_utf8_substring(text, 0, MIN(g_utf8_strlen(text, -1), 80));

    if (place->attr)
        return verr_set(err, place->from, place->code,
                        _("Invalid value for attribute '%s' in element '%s': '%s'. Expected %s (line %d)"), place->attr,
                        place->node->name, shown, expected, place->node->line);
    return verr_set(err, place->from, place->code, _("Invalid value for element '%s': '%s'. Expected %s (line %d)"),
                    place->node->name, shown, expected, place->node->line);
}

static bool
read_enum(const Row *row, void *obj, const char *text, const RowPlace *place, GError **err)
{
    int value = dom_value(row->arg, text);
    g_autofree char *shown = NULL;

    if (value > 0) {
        *(int *)((char *)obj + row->off) = value;
        return true;
    }
    if (row->arg == dom_yes_no_names)
        return fail_value(text, place, _("'yes' or 'no'"), err);
    if (row->arg == dom_on_off_names)
        return fail_value(text, place, _("'on' or 'off'"), err);

    shown = g_utf8_substring(text, 0, MIN(g_utf8_strlen(text, -1), 80));
    if (!place->node->parent && g_strcmp0(place->attr, "type") == 0)
        return verr_set(err, place->from, VIR_ERR_CONFIG_UNSUPPORTED, _("invalid domain type %s"), shown);
    if (place->attr && dom_is_foreign(row->arg, text))
        return verr_set(err, place->from, VIR_ERR_CONFIG_UNSUPPORTED, _("unsupported %s '%s' in <%s> (line %d)"), place->attr, shown,
                        place->node->name, place->node->line);
    return fail_value(text, place, _("a word that is known here"), err);
}

static bool
check_zero(const Row *row, bool zero, const char *text, const RowPlace *place, GError **err)
{
    return !zero || !(row->flags & ROW_NONZERO) || fail_value(text, place, _("something else: Zero is not permitted"), err);
}

static bool
read_unsigned(const Row *row, void *obj, const char *text, const RowPlace *place, GError **err)
{
    bool wide = row->size == sizeof(uint64_t);
    uint64_t max = row->max ? row->max : wide ? UINT64_MAX : UINT32_MAX;
    uint64_t value;

    if (!rows_number(text, max, &value))
        return fail_value(text, place, _("a non-negative number in range"), err);
    if (!check_zero(row, value == 0, text, place, err))
        return false;
    if (wide)
        *(uint64_t *)((char *)obj + row->off) = value;
    else
        *(unsigned *)((char *)obj + row->off) = (unsigned)value;
    return true;
}

static bool
read_signed(const Row *row, void *obj, const char *text, const RowPlace *place, GError **err)
{
    bool wide = row->size == sizeof(int64_t);
    int64_t max = row->max ? (int64_t)row->max : wide ? INT64_MAX : INT32_MAX;
    int64_t value;

    if (!signed_number(text, wide ? -INT64_MAX : row->flags & ROW_MINUS ? -1 : 0, max, &value))
        return fail_value(text, place, _("a number in range"), err);
    if (!check_zero(row, value == 0, text, place, err))
        return false;
    if (wide)
        *(int64_t *)((char *)obj + row->off) = value;
    else
        *(int *)((char *)obj + row->off) = (int)value;
    return true;
}

static bool
read_string(const Row *row, void *obj, const char *text, const RowPlace *place, GError **err)
{
    char **at = (char **)((char *)obj + row->off);

    if (row->arg && dom_value(row->arg, text) <= 0)
        return fail_value(text, place, _("a word that is known here"), err);
    /* Elsewhere an empty attribute is as good as none. */
    g_free(*at);
    *at = *text || (row->flags & ROW_EMPTY) ? g_strdup(text) : NULL;
    return true;
}

bool
row_value_read(const Row *row, void *obj, const char *text, const RowPlace *place, GError **err)
{
    void *at = (char *)obj + row->off;
    const char *unit;

    switch (row->kind) {
    case ROW_STR:
        return read_string(row, obj, text, place, err);
    case ROW_ENUM:
        return read_enum(row, obj, text, place, err);
    case ROW_UINT:
    case ROW_U64:
    case ROW_HEX:
    case ROW_HEX64:
        return read_unsigned(row, obj, text, place, err);
    case ROW_INT:
    case ROW_I64:
        return read_signed(row, obj, text, place, err);
    case ROW_KIB:
        unit = xml_attr(place->node, "unit");
        return read_kib(text, unit ? unit : "KiB", at, place, err) && check_zero(row, *(uint64_t *)at == 0, text, place, err);
    case ROW_MAC:
        if (!read_mac(text, at))
            return verr_set(err, place->from, VIR_ERR_XML_ERROR, _("unable to parse mac address '%s' (<%s>, line %d)"), text,
                            place->node->name, place->node->line);
        *given_flag(row, obj) = true;
        return true;
    case ROW_UUID:
        if (!dom_uuid_parse(text, at))
            return verr_set(err, place->from, VIR_ERR_INTERNAL_ERROR, _("malformed uuid element (<uuid>, line %d)"), place->node->line);
        *given_flag(row, obj) = true;
        return true;
    default:
        g_return_val_if_reached(false);
    }
}
