/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "model/dom-enum.h"

#include <string.h>

/* Every table starts with "" for "not given" and has the order of its enum. */
#define NAMES(table, ...) const char *const dom_##table##_names[] = {"", __VA_ARGS__, NULL}

NAMES(yes_no, "yes", "no");
NAMES(on_off, "on", "off");
NAMES(virt, "kvm", "qemu");
NAMES(action, "destroy", "restart", "preserve", "rename-restart", "coredump-destroy", "coredump-restart");
NAMES(boot, "fd", "cdrom", "hd", "network");
NAMES(cpu_mode, "custom", "host-model", "host-passthrough", "maximum");
NAMES(cpu_match, "minimum", "exact", "strict");
NAMES(cpu_check, "none", "partial", "full");
NAMES(cpu_fallback, "allow", "forbid");
NAMES(cpu_policy, "force", "require", "optional", "disable", "forbid");
NAMES(cpu_cache, "emulate", "passthrough", "disable");
NAMES(clock, "utc", "localtime", "variable", "timezone");
NAMES(timer, "platform", "pit", "rtc", "hpet", "tsc", "kvmclock", "hypervclock");
NAMES(tick, "delay", "catchup", "merge", "discard");
NAMES(track, "boot", "guest", "wall");
NAMES(addr, "pci", "drive", "virtio-serial", "ccid", "usb", "isa", "dimm");
NAMES(disk_type, "file", "block", "network");
NAMES(disk_device, "disk", "cdrom", "floppy");
NAMES(disk_bus, "ide", "fdc", "scsi", "virtio", "usb", "sata");
NAMES(disk_format, "raw", "qcow2");
NAMES(disk_cache, "none", "writethrough", "writeback", "directsync", "unsafe");
NAMES(disk_io, "native", "threads", "io_uring");
NAMES(disk_discard, "unmap", "ignore");
NAMES(disk_zeroes, "off", "on", "unmap");
NAMES(disk_onerror, "stop", "report", "ignore", "enospace");
NAMES(disk_tray, "closed", "open");
NAMES(disk_protocol, "nbd");
NAMES(transport, "tcp", "unix");
NAMES(controller, "ide", "fdc", "scsi", "sata", "virtio-serial", "usb", "pci");
NAMES(model, "piix3", "piix4", "ich6", "lsilogic", "virtio-scsi", "lsisas1078", "vmpvscsi", "virtio",
      "virtio-transitional", "virtio-non-transitional", "piix3-uhci", "piix4-uhci", "ehci", "ich9-ehci1",
      "ich9-uhci1", "ich9-uhci2", "ich9-uhci3", "vt82c686b-uhci", "pci-ohci", "nec-xhci", "qemu-xhci", "none",
      "pci-root", "pcie-root", "pci-bridge", "dmi-to-pci-bridge", "pcie-root-port", "pcie-switch-upstream-port",
      "pcie-switch-downstream-port", "pcie-to-pci-bridge", "pci-expander-bus", "pcie-expander-bus");
NAMES(net, "user", "ethernet", "bridge");
NAMES(nic, "e1000", "e1000e", "rtl8139", "virtio", "virtio-transitional", "virtio-non-transitional", "ne2k_pci",
      "pcnet", "vmxnet3");
NAMES(nic_backend, "qemu", "vhost");
NAMES(txmode, "iothread", "timer");
NAMES(link, "up", "down");
NAMES(chr, "null", "pty", "file", "unix", "tcp", "udp", "spicevmc");
NAMES(chr_mode, "connect", "bind");
NAMES(chr_protocol, "raw", "telnet");
NAMES(chr_target, "isa-serial", "pci-serial", "usb-serial", "serial", "virtio");
NAMES(channel_state, "connected", "disconnected");
NAMES(input, "mouse", "tablet", "keyboard");
NAMES(input_bus, "ps2", "usb", "virtio");
NAMES(graphics, "vnc", "spice");
NAMES(spice_mode, "any", "secure", "insecure");
NAMES(spice_channel, "main", "display", "inputs", "cursor", "playback", "record", "smartcard", "usbredir");
NAMES(jpeg, "auto", "never", "always");
NAMES(streaming, "filter", "all", "off");
NAMES(mouse_mode, "server", "client");
NAMES(listen, "address", "socket", "none");
NAMES(video, "vga", "cirrus", "vmvga", "qxl", "virtio", "bochs", "none");
NAMES(sound, "ich6", "ich9", "ac97", "es1370");
NAMES(audio, "none", "spice");
NAMES(balloon, "virtio", "virtio-transitional", "virtio-non-transitional", "none");
NAMES(rng, "virtio", "virtio-transitional", "virtio-non-transitional");
NAMES(rng_backend, "random", "builtin");
NAMES(watchdog, "i6300esb", "ib700");
NAMES(watchdog_action, "reset", "shutdown", "poweroff", "pause", "dump", "none", "inject-nmi");
NAMES(panic, "isa");
NAMES(tpm, "tpm-tis", "tpm-crb");
NAMES(memdev, "dimm");
NAMES(memsource, "anonymous", "file", "memfd");
NAMES(memaccess, "private", "shared");
NAMES(hyperv_mode, "custom", "passthrough");
NAMES(ioapic, "qemu", "kvm");
NAMES(firmware, "bios", "efi");
NAMES(fw_feature, "enrolled-keys", "secure-boot");
NAMES(loader, "rom", "pflash");
NAMES(smbios, "emulate", "host", "sysinfo");
NAMES(tsc_mode, "auto", "native", "emulate", "paravirt", "smpsafe");
NAMES(basis, "utc", "localtime");
NAMES(sysinfo, "smbios");
NAMES(allocation, "immediate", "ondemand");
NAMES(seclabel, "none", "dynamic", "static");
NAMES(placement, "static", "auto");
NAMES(share_policy, "allow-exclusive", "force-shared", "ignore");
NAMES(image_compression, "auto_glz", "auto_lz", "quic", "glz", "lz", "off");
NAMES(codec, "duplex", "micro", "output");
NAMES(tpm_version, "1.2", "2.0");

/* Kinds of things that exist elsewhere: they are refused as unsupported, any other word as wrong. */
static const struct { const char *const *names; const char *words; } foreign[] = {
    {dom_addr_names, "ccw spapr-vio virtio-s390 virtio-mmio unassigned"},
    {dom_disk_type_names, "dir volume nvme vhostuser vhostvdpa"},
    {dom_disk_device_names, "lun"},
    {dom_disk_bus_names, "xen uml sd none"},
    {dom_disk_format_names, "none dir bochs cloop dmg iso vpc vdi luks fat vhd ploop cow qcow qed vmdk"},
    {dom_disk_protocol_names, "rbd sheepdog gluster iscsi http https ftp ftps tftp ssh vxhs nfs"},
    {dom_transport_names, "rdma"},
    {dom_controller_names, "ccid xenbus isa nvme"},
    {dom_model_names, "auto buslogic lsisas1068 ibmvscsi ncr53c90 am53c974 dc390 qusb1 qusb2"},
    {dom_net_names, "network direct hostdev vhostuser vdpa udp mcast server client internal null vds"},
    {dom_nic_names, "i82551 i82557b i82559er netfront usb-net igb ne2k_isa vlance lance spapr-vlan"},
    {dom_chr_names, "vc dev pipe stdio spiceport nmdm qemu-vdagent dbus"},
    {dom_chr_protocol_names, "telnets tls"},
    {dom_chr_target_names, "spapr-vio-serial system-serial sclp-serial isa-debug guestfwd xen uml lxc openvz sclp sclplm parallel none"},
    {dom_input_names, "passthrough evdev"},
    {dom_input_bus_names, "xen parallels none"},
    {dom_graphics_names, "sdl rdp desktop egl-headless dbus"},
    {dom_listen_names, "network"},
    {dom_video_names, "xen vbox parallels gop ramfb"},
    {dom_sound_names, "sb16 pcspk usb virtio"},
    {dom_audio_names, "alsa coreaudio jack oss pulseaudio sdl file dbus pipewire"},
    {dom_balloon_names, "xen"},
    {dom_rng_backend_names, "egd"},
    {dom_watchdog_names, "diag288 itco"},
    {dom_panic_names, "pseries hyperv s390 pvpanic"},
    {dom_tpm_names, "tpm-spapr tpm-spapr-proxy"},
    {dom_memdev_names, "nvdimm virtio-pmem virtio-mem sgx-epc"},
    {dom_clock_names, "absolute"},
    {dom_timer_names, "armvtimer"},
    {dom_virt_names, "hvf test xen"},
};

bool
dom_is_foreign(const char *const *names, const char *word)
{
    for (size_t i = 0; i < G_N_ELEMENTS(foreign); i++) {
        g_auto(GStrv) words = foreign[i].names == names ? g_strsplit(foreign[i].words, " ", -1) : NULL;

        if (words && g_strv_contains((const char *const *)words, word))
            return true;
    }
    return false;
}

const char *
dom_name(const char *const *names, int value)
{
    if (value <= 0)
        return NULL;

    for (int i = 0; i < value; i++)
        if (!names[i])
            return NULL;
    return names[value];
}

int
dom_value(const char *const *names, const char *word)
{
    for (int i = 0; names[i]; i++)
        if (strcmp(names[i], word) == 0)
            return i;
    return -1;
}
