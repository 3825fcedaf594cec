/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* <domainCapabilities> */
#include <string.h>

#include "model/dom-def.h"
#include "qemu/cpu-features.h"
#include "qemu/firmware.h"
#include "qemu/host-caps.h"
#include "qemu/host-emulator.h"
#include "util/err.h"

#define VIR_FROM_THIS VIR_FROM_QEMU

typedef struct {
    GString          *xml;
    const QemuCaps   *caps;
    bool              kvm;
    bool              swtpm; /* TPMs can be emulated */
    bool              q35;   /* the machine has no IDE controller, and takes none */
} Writer;

/* One word of an enum that this driver can build; device: what QEMU needs for it, NULL: nothing. */
typedef struct {
    const char *group, *item, *word, *device;
} Word;

static const Word words[] = {
    { "disk", "diskDevice", "disk", NULL },
    { "disk", "diskDevice", "cdrom", NULL },
    { "disk", "diskDevice", "floppy", "floppy" },
    { "disk", "bus", "ide", "ide-hd" },
    { "disk", "bus", "fdc", "floppy" },
    { "disk", "bus", "scsi", "scsi-hd" },
    { "disk", "bus", "virtio", "virtio-blk-pci" },
    { "disk", "bus", "usb", "usb-storage" },
    { "disk", "bus", "sata", "ich9-ahci" },
    { "disk", "model", "virtio", "virtio-blk-pci" },
    { "disk", "model", "virtio-transitional", "virtio-blk-pci-transitional" },
    { "disk", "model", "virtio-non-transitional", "virtio-blk-pci-non-transitional" },
    { "graphics", "type", "vnc", NULL },
    { "graphics", "type", "spice", "qxl" },
    { "video", "modelType", "vga", "VGA" },
    { "video", "modelType", "cirrus", "cirrus-vga" },
    { "video", "modelType", "vmvga", "vmware-svga" },
    { "video", "modelType", "qxl", "qxl-vga" },
    { "video", "modelType", "virtio", "virtio-vga" },
    { "video", "modelType", "none", NULL },
    { "video", "modelType", "bochs", "bochs-display" },
    { "rng", "model", "virtio", "virtio-rng-pci" },
    { "rng", "model", "virtio-transitional", "virtio-rng-pci-transitional" },
    { "rng", "model", "virtio-non-transitional", "virtio-rng-pci-non-transitional" },
    { "rng", "backendModel", "random", NULL },
    { "rng", "backendModel", "builtin", NULL },
    { "tpm", "model", "tpm-tis", "tpm-tis" },
    { "tpm", "model", "tpm-crb", "tpm-crb" },
    { "tpm", "backendModel", "emulator", NULL },
    { "tpm", "backendVersion", "1.2", NULL },
    { "tpm", "backendVersion", "2.0", NULL },
    { "channel", "type", "pty", NULL },
    { "channel", "type", "unix", NULL },
    { "channel", "type", "spicevmc", "qxl" },
};

/* In the order of the schema; what has no word is not supported. */
static const char *const groups[] = { "disk", "graphics", "video", "hostdev", "rng", "filesystem", "tpm", "redirdev",
                                      "channel" };

static bool
is_offered(const Writer *w, const Word *word, const char *group)
{
    if (g_str_equal(group, "tpm") && !w->swtpm)
        return false;
    if (w->q35 && g_str_equal(word->word, "ide"))
        return false;
    return g_str_equal(word->group, group) && (!word->device || qemu_caps_has_device(w->caps, word->device));
}

static void
add_group(Writer *w, const char *group)
{
    const char *open = NULL;

    for (guint i = 0; i < G_N_ELEMENTS(words); i++) {
        if (!is_offered(w, &words[i], group))
            continue;
        if (!open)
            g_string_append_printf(w->xml, "    <%s supported='yes'>\n", group);
        if (!open || !g_str_equal(open, words[i].item)) {
            if (open)
                g_string_append(w->xml, "      </enum>\n");
            open = words[i].item;
            g_string_append_printf(w->xml, "      <enum name='%s'>\n", open);
        }
        g_string_append_printf(w->xml, "        <value>%s</value>\n", words[i].word);
    }
    if (open)
        g_string_append_printf(w->xml, "      </enum>\n    </%s>\n", group);
    else
        g_string_append_printf(w->xml, "    <%s supported='no'/>\n", group);
}

static void
add_models(Writer *w)
{
    g_string_append(w->xml, "    <mode name='custom' supported='yes'>\n");
    for (guint i = 0; i < qemu_caps_n_cpus(w->caps); i++) {
        const QemuCpu *cpu = qemu_caps_cpu(w->caps, i);

        if (qemu_cpu_is_model(cpu))
            g_string_append_printf(w->xml, "      <model usable='%s'%s vendor='%s'>%s</model>\n",
                                   cpu->usable ? "yes" : "no", cpu->deprecated ? " deprecated='yes'" : "",
                                   cpu_model_vendor(cpu->name), cpu->name);
    }
    g_string_append(w->xml, "    </mode>\n");
}

static void
add_migratable_mode(Writer *w, const char *mode, bool supported)
{
    if (supported)
        g_string_append_printf(w->xml,
                               "    <mode name='%s' supported='yes'>\n      <enum name='%sMigratable'>\n"
                               "        <value>on</value>\n        <value>off</value>\n      </enum>\n    </mode>\n",
                               mode, g_str_equal(mode, "maximum") ? "maximum" : "hostPassthrough");
    else
        g_string_append_printf(w->xml, "    <mode name='%s' supported='no'/>\n", mode);
}

static void
add_host_model(Writer *w)
{
    const char *model = qemu_caps_host_model(w->caps), *vendor = qemu_caps_host_vendor(w->caps);

    if (!model) {
        g_string_append(w->xml, "    <mode name='host-model' supported='no'/>\n");
        return;
    }
    g_string_append_printf(w->xml, "    <mode name='host-model' supported='yes'>\n"
                                   "      <model fallback='forbid'>%s</model>\n", model);
    if (vendor)
        g_string_append_printf(w->xml, "      <vendor>%s</vendor>\n", vendor);
    for (guint i = 0; i < qemu_caps_n_host_features(w->caps); i++) {
        const QemuCpuFeature *feature = qemu_caps_host_feature(w->caps, i);

        g_string_append_printf(w->xml, "      <feature policy='%s' name='%s'/>\n",
                               feature->on ? "require" : "disable", feature->name);
    }
    g_string_append(w->xml, "    </mode>\n");
}

static void
add_cpu(Writer *w)
{
    g_string_append(w->xml, "  <cpu>\n");
    add_migratable_mode(w, "host-passthrough", w->kvm);
    add_migratable_mode(w, "maximum", true);
    add_host_model(w);
    add_models(w);
    g_string_append(w->xml, "  </cpu>\n");
}

/* What may be said about <os firmware='efi'>: each leads to an image of its own, if there is one. */
static const struct { DomTri enrolled, secure; } efi_kinds[] = {
    { DOM_TRI_ON, DOM_TRI_ON },
    { DOM_TRI_OFF, DOM_TRI_ON },
    { DOM_TRI_ABSENT, DOM_TRI_OFF },
};

static void
want_feature(DomDef *def, const char *name, DomTri enabled)
{
    DomFwFeature *feature = g_new0(DomFwFeature, 1);

    feature->name = g_strdup(name);
    feature->enabled = enabled;
    g_ptr_array_add(def->os.fw_features, feature);
}

/* The image for efi_kinds[kind] on this machine; NULL: there is none. Caller frees. */
static char *
find_efi(const Writer *w, const QemuMachine *machine, guint kind)
{
    const QemuConfig config = { .lib_dir = (char *)"" };
    g_autoptr(DomDef) def = dom_def_new();

    g_free(def->os.firmware);
    g_free(def->os.arch);
    g_free(def->os.machine);
    g_free(def->name);
    def->os.firmware = g_strdup("efi");
    def->os.arch = g_strdup(qemu_caps_arch(w->caps));
    def->os.machine = g_strdup(machine->name);
    def->name = g_strdup("");
    def->os.loader_secure = efi_kinds[kind].secure;
    if (efi_kinds[kind].enrolled)
        want_feature(def, "enrolled-keys", efi_kinds[kind].enrolled);
    return qemu_firmware_choose(def, &config, "", NULL) ? g_strdup(def->os.loader) : NULL;
}

static void
add_os(Writer *w, const QemuMachine *machine)
{
    g_autoptr(GPtrArray) images = g_ptr_array_new_with_free_func(g_free);
    bool secure = false;

    for (guint i = 0; i < G_N_ELEMENTS(efi_kinds); i++) {
        char *image = find_efi(w, machine, i);

        if (image)
            g_ptr_array_add(images, image);
        secure = secure || (image && efi_kinds[i].secure == DOM_TRI_ON);
    }
    g_string_append(w->xml, "  <os supported='yes'>\n");
    g_string_append(w->xml, images->len ? "    <enum name='firmware'>\n      <value>efi</value>\n    </enum>\n"
                                        : "    <enum name='firmware'/>\n");
    g_string_append(w->xml, "    <loader supported='yes'>\n");
    for (guint i = 0; i < images->len; i++) {
        g_autofree char *value = g_markup_printf_escaped("      <value>%s</value>\n", (char *)images->pdata[i]);

        g_string_append(w->xml, value);
    }
    g_string_append_printf(w->xml,
                           "      <enum name='type'>\n        <value>rom</value>\n        <value>pflash</value>\n"
                           "      </enum>\n      <enum name='readonly'>\n        <value>yes</value>\n        <value>no</value>\n"
                           "      </enum>\n      <enum name='secure'>\n%s        <value>no</value>\n      </enum>\n"
                           "    </loader>\n  </os>\n", secure ? "        <value>yes</value>\n" : "");
}

static void
add_features(Writer *w)
{
    g_string_append(w->xml, "  <features>\n    <gic supported='no'/>\n    <vmcoreinfo supported='no'/>\n");
    g_string_append_printf(w->xml, "    <genid supported='%s'/>\n",
                           qemu_caps_has_device(w->caps, "vmgenid") ? "yes" : "no");
    g_string_append(w->xml, "    <backingStoreInput supported='yes'/>\n    <backup supported='no'/>\n"
                            "    <sev supported='no'/>\n    <sgx supported='no'/>\n"
                            "    <hyperv supported='yes'>\n      <enum name='features'>\n        <value>spinlocks</value>\n"
                            "        <value>vendor_id</value>\n      </enum>\n    </hyperv>\n  </features>\n");
}

static char *
write_document(Writer *w, const QemuMachine *machine)
{
    g_autofree char *binary = g_markup_escape_text(qemu_caps_binary(w->caps), -1);

    g_string_append_printf(w->xml, "<domainCapabilities>\n  <path>%s</path>\n  <domain>%s</domain>\n", binary,
                           w->kvm ? "kvm" : "qemu");
    g_string_append_printf(w->xml, "  <machine>%s</machine>\n  <arch>%s</arch>\n", machine->name,
                           qemu_caps_arch(w->caps));
    g_string_append_printf(w->xml, "  <vcpu max='%u'/>\n  <iothreads supported='yes'/>\n", machine->max_cpus);
    add_os(w, machine);
    add_cpu(w);
    g_string_append(w->xml, "  <memoryBacking supported='yes'>\n    <enum name='sourceType'>\n"
                            "      <value>anonymous</value>\n      <value>memfd</value>\n    </enum>\n"
                            "  </memoryBacking>\n  <devices>\n");
    for (guint i = 0; i < G_N_ELEMENTS(groups); i++)
        add_group(w, groups[i]);
    g_string_append(w->xml, "  </devices>\n");
    add_features(w);
    g_string_append(w->xml, "</domainCapabilities>\n");
    return g_string_free(g_steal_pointer(&w->xml), FALSE);
}

char *
host_domain_capabilities_xml(QemuCapsCache *cache, const DomCapsIn *in, GError **err)
{
    const EmulatorWish wish = { in->emulator, in->arch, in->machine, in->virttype };
    g_autofree char *swtpm = g_find_program_in_path("swtpm");
    g_auto(HostEmulator) found = { 0 };
    Writer w = { .swtpm = swtpm != NULL };

    if (!verb_check_flags(in->flags, 0, "virConnectGetDomainCapabilities", err) ||
        !host_emulator_find(cache, &wish, &found, err))
        return NULL;
    w.kvm = found.kvm;
    w.caps = found.caps;
    w.q35 = g_str_has_prefix(found.machine->name, "pc-q35-");
    w.xml = g_string_new(NULL);
    return write_document(&w, found.machine);
}
