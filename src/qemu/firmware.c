/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "qemu/firmware.h"

#include <string.h>
#include <unistd.h>

#include "util/err.h"
#include "util/file.h"
#include "util/json.h"
#include "util/log.h"

#define VIR_FROM_THIS VIR_FROM_QEMU
#define LOG_ROOM "qemu"

enum { MAX_DESCRIPTOR = 64 * 1024, MAX_IMAGE = 64 * 1024 * 1024, MAX_DEPTH = 8 };

/* A later directory's file hides one of the same name; an empty file hides it without a replacement. */
static const char *const dirs[] = { "/usr/share/qemu/firmware", "/etc/qemu/firmware" };

static gint
compare_names(gconstpointer a, gconstpointer b)
{
    return strcmp(*(const char *const *)a, *(const char *const *)b);
}

/* Paths in the order of the file names, which is the order of preference. */
static GPtrArray *
list_descriptors(const char *sysroot)
{
    g_autoptr(GHashTable) paths = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, g_free);
    g_autoptr(GPtrArray) names = g_ptr_array_new();
    GPtrArray *result = g_ptr_array_new_with_free_func(g_free);
    GHashTableIter iter;
    gpointer name;

    for (gsize i = 0; i < G_N_ELEMENTS(dirs); i++) {
        g_autofree char *path = g_strconcat(sysroot, dirs[i], NULL);
        g_autoptr(GDir) dir = g_dir_open(path, 0, NULL);
        const char *file;

        while (dir && (file = g_dir_read_name(dir)))
            if (g_str_has_suffix(file, ".json") && file[0] != '.')
                g_hash_table_replace(paths, g_strdup(file), g_build_filename(path, file, NULL));
    }
    g_hash_table_iter_init(&iter, paths);
    while (g_hash_table_iter_next(&iter, &name, NULL))
        g_ptr_array_add(names, name);
    g_ptr_array_sort(names, compare_names);
    for (guint i = 0; i < names->len; i++)
        g_ptr_array_add(result, g_strdup(g_hash_table_lookup(paths, names->pdata[i])));
    return result;
}

static bool
array_has(JsonArray *array, const char *word)
{
    for (guint i = 0; i < json_array_size(array); i++)
        if (g_strcmp0(json_array_string(array, i), word) == 0)
            return true;
    return false;
}

static bool
fits_target(JsonArray *targets, const DomOs *os)
{
    for (guint i = 0; i < json_array_size(targets); i++) {
        JsonObject *target = json_array_object(targets, i);
        JsonArray *machines = json_get_array(target, "machines");

        if (g_strcmp0(json_get_string(target, "architecture"), os->arch) != 0)
            continue;
        for (guint m = 0; m < json_array_size(machines); m++) {
            const char *pattern = json_array_string(machines, m);

            if (pattern && g_pattern_match_simple(pattern, os->machine))
                return true;
        }
    }
    return false;
}

static DomTri
wanted_feature(const DomOs *os, const char *name)
{
    DomFwFeature *feature;

    dom_each(feature, os->fw_features)
        if (g_str_equal(feature->name, name))
            return feature->enabled;
    return DOM_TRI_ABSENT;
}

static bool
fits_features(JsonArray *features, const DomDef *def)
{
    static const char *const chosen[] = { "secure-boot", "enrolled-keys" };
    const bool needs_smm = array_has(features, "requires-smm");

    for (gsize i = 0; i < G_N_ELEMENTS(chosen); i++) {
        DomTri wanted = wanted_feature(&def->os, chosen[i]);

        if (wanted != DOM_TRI_ABSENT && (wanted == DOM_TRI_ON) != array_has(features, chosen[i]))
            return false;
    }
    return needs_smm ? def->features.smm != DOM_TRI_OFF && def->os.loader_secure != DOM_TRI_OFF
                     : def->os.loader_secure != DOM_TRI_ON;
}

/* Images in flash, in raw format: what a guest of this driver can have. */
static JsonObject *
flash_of(JsonObject *descriptor)
{
    JsonObject *mapping = json_get_object(descriptor, "mapping");
    const char *mode = json_get_string(mapping, "mode");
    const char *format = json_get_string(json_get_object(mapping, "executable"), "format");

    if (g_strcmp0(json_get_string(mapping, "device"), "flash") != 0 || g_strcmp0(format, "raw") != 0 ||
        (mode && !g_str_equal(mode, "split")))
        return NULL;
    return mapping;
}

static bool
fits(JsonObject *descriptor, const DomDef *def)
{
    return array_has(json_get_array(descriptor, "interface-types"), "uefi") && flash_of(descriptor) &&
           fits_target(json_get_array(descriptor, "targets"), &def->os) &&
           fits_features(json_get_array(descriptor, "features"), def);
}

static bool
takes_loader(JsonObject *descriptor, const DomDef *def)
{
    JsonObject *mapping = flash_of(descriptor);

    return mapping && g_strcmp0(json_get_string(json_get_object(mapping, "executable"), "filename"), def->os.loader) == 0;
}

/* The first descriptor that test accepts; NULL: none. Caller unrefs. */
static JsonNode *
find_descriptor(const DomDef *def, const char *sysroot, bool (*test)(JsonObject *, const DomDef *))
{
    g_autoptr(GPtrArray) paths = list_descriptors(sysroot);

    for (guint i = 0; i < paths->len; i++) {
        g_autofree char *text = NULL;
        g_autoptr(GError) why = NULL;
        g_autoptr(JsonNode) root = NULL;
        gsize len = 0;

        if (!file_read(paths->pdata[i], MAX_DESCRIPTOR, &text, &len, &why) || (text && len > 0 &&
            !(root = json_parse(text, (gssize)len, MAX_DEPTH, &why))))
            log_warn("firmware description '%s' is skipped: %s", (char *)paths->pdata[i], why->message);
        if (json_as_object(root) && test(json_as_object(root), def))
            return g_steal_pointer(&root);
    }
    return NULL;
}

static const char *
template_of(JsonNode *descriptor)
{
    return json_get_string(json_get_object(json_get_object(json_as_object(descriptor), "mapping"), "nvram-template"),
                           "filename");
}

static bool
choose_image(DomDef *def, const char *sysroot, GError **err)
{
    g_autoptr(JsonNode) found = find_descriptor(def, sysroot, fits);
    JsonObject *executable = json_get_object(json_get_object(json_as_object(found), "mapping"), "executable");
    const char *image = json_get_string(executable, "filename");

    if (!image)
        return fail(err, VIR_ERR_OPERATION_FAILED,
                    _("Unable to find any firmware to satisfy '%s' for machine type '%s': install package 'ovmf', or name "
                      "the images in <loader> and <nvram>"), def->os.firmware, def->os.machine);
    def->os.loader = g_strdup(image);
    def->os.loader_type = g_strdup("pflash");
    def->os.loader_readonly = DOM_TRI_ON;
    if (!def->os.nvram_template)
        def->os.nvram_template = g_strdup(template_of(found));
    if (array_has(json_get_array(json_as_object(found), "features"), "requires-smm")) {
        def->features.smm = DOM_TRI_ON;
        def->os.loader_secure = DOM_TRI_ON;
    }
    g_clear_pointer(&def->os.firmware, g_free);
    return true;
}

char *
qemu_firmware_nvram_path(const QemuConfig *config, const char *name)
{
    return g_strdup_printf("%s/qemu/nvram/%s_VARS.fd", config->lib_dir, name);
}

/* Flash that cannot be written holds no variables: they are a second one. */
static void
choose_nvram(DomDef *def, const QemuConfig *config, const char *sysroot)
{
    g_autoptr(JsonNode) found = NULL;

    if (g_strcmp0(def->os.loader_type, "pflash") != 0 || def->os.loader_readonly != DOM_TRI_ON)
        return;
    if (!def->os.nvram_template && (!def->os.nvram || access(def->os.nvram, F_OK) < 0)) {
        found = find_descriptor(def, sysroot, takes_loader);
        /* Only a guest that has to get its variables here needs to know where from. */
        if (!def->os.nvram)
            def->os.nvram_template = g_strdup(template_of(found));
    }
    if (!def->os.nvram && def->os.nvram_template)
        def->os.nvram = qemu_firmware_nvram_path(config, def->name);
}

bool
qemu_firmware_choose(DomDef *def, const QemuConfig *config, const char *sysroot, GError **err)
{
    if (def->os.firmware && !def->os.loader) {
        if (g_str_equal(def->os.firmware, "efi") ? !choose_image(def, sysroot, err) : false)
            return false;
    }
    choose_nvram(def, config, sysroot);
    return true;
}

static bool
copy_template(const DomOs *os, GError **err)
{
    g_autofree char *data = NULL;
    gsize len;

    if (!os->nvram_template)
        return fail(err, VIR_ERR_OPERATION_FAILED, _("unable to find any master var store for loader: %s"), os->loader);
    if (!file_read(os->nvram_template, MAX_IMAGE, &data, &len, err))
        return false;
    if (!data)
        return fail(err, VIR_ERR_OPERATION_FAILED, _("cannot read the template of firmware variables '%s': it does not exist"),
                    os->nvram_template);
    return file_write(os->nvram, data, len, 0600, FILE_SYNC, err);
}

/* What arrives is overwritten by the source's memory: any template of the right size will do. */
static void
move_here(DomDef *def, const QemuConfig *config)
{
    g_autofree char *dir = g_path_get_dirname(def->os.nvram);

    if (g_file_test(dir, G_FILE_TEST_IS_DIR))
        return;
    log_info("domain '%s': there is no directory '%s' here, its firmware variables are kept with ours", def->name, dir);
    g_free(def->os.nvram);
    def->os.nvram = qemu_firmware_nvram_path(config, def->name);
}

bool
qemu_firmware_make_nvram(DomDef *def, const QemuConfig *config, bool incoming, char **ret_made, GError **err)
{
    g_autofree char *dir = g_build_filename(config->lib_dir, "qemu", "nvram", NULL);

    if (!def->os.nvram)
        return true;
    if (incoming)
        move_here(def, config);
    if (access(def->os.nvram, F_OK) == 0)
        return true;
    if (g_str_has_prefix(def->os.nvram, dir) && !file_make_dir(dir, 0700, err))
        return false;
    if (!copy_template(&def->os, err))
        return false;
    *ret_made = g_strdup(def->os.nvram);
    return true;
}
