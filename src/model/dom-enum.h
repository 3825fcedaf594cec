/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The words of the domain XML as enums. Value 0 always means "not given"; the names tables (index = value, NULL at
 * the end) are what parse, format and error messages use. Pure data: any thread.
 */
#pragma once

#include <stdbool.h>

#include <glib.h>

/* yes/no and on/off attributes alike. */
typedef enum { DOM_TRI_ABSENT, DOM_TRI_ON, DOM_TRI_OFF } DomTri;

typedef enum { DOM_VIRT_NONE, DOM_VIRT_KVM, DOM_VIRT_QEMU } DomVirt;

typedef enum {
    DOM_ACTION_NONE, DOM_ACTION_DESTROY, DOM_ACTION_RESTART, DOM_ACTION_PRESERVE, DOM_ACTION_RENAME_RESTART,
    DOM_ACTION_COREDUMP_DESTROY, DOM_ACTION_COREDUMP_RESTART
} DomAction;

typedef enum { DOM_BOOT_NONE, DOM_BOOT_FD, DOM_BOOT_CDROM, DOM_BOOT_HD, DOM_BOOT_NETWORK } DomBootDev;

typedef enum { DOM_CPU_NONE, DOM_CPU_CUSTOM, DOM_CPU_HOST_MODEL, DOM_CPU_HOST_PASSTHROUGH, DOM_CPU_MAXIMUM } DomCpuMode;
typedef enum { DOM_CPU_MATCH_NONE, DOM_CPU_MATCH_MINIMUM, DOM_CPU_MATCH_EXACT, DOM_CPU_MATCH_STRICT } DomCpuMatch;
typedef enum { DOM_CPU_CHECK_DEFAULT, DOM_CPU_CHECK_NONE, DOM_CPU_CHECK_PARTIAL, DOM_CPU_CHECK_FULL } DomCpuCheck;
typedef enum { DOM_CPU_FALLBACK_NONE, DOM_CPU_FALLBACK_ALLOW, DOM_CPU_FALLBACK_FORBID } DomCpuFallback;
typedef enum {
    DOM_CPU_POLICY_NONE, DOM_CPU_POLICY_FORCE, DOM_CPU_POLICY_REQUIRE, DOM_CPU_POLICY_OPTIONAL,
    DOM_CPU_POLICY_DISABLE, DOM_CPU_POLICY_FORBID
} DomCpuPolicy;
typedef enum { DOM_CPU_CACHE_NONE, DOM_CPU_CACHE_EMULATE, DOM_CPU_CACHE_PASSTHROUGH, DOM_CPU_CACHE_DISABLE } DomCpuCacheMode;

typedef enum { DOM_CLOCK_NONE, DOM_CLOCK_UTC, DOM_CLOCK_LOCALTIME, DOM_CLOCK_VARIABLE, DOM_CLOCK_TIMEZONE } DomClockOffset;
typedef enum {
    DOM_TIMER_NONE, DOM_TIMER_PLATFORM, DOM_TIMER_PIT, DOM_TIMER_RTC, DOM_TIMER_HPET, DOM_TIMER_TSC,
    DOM_TIMER_KVMCLOCK, DOM_TIMER_HYPERVCLOCK
} DomTimerName;
typedef enum { DOM_TICK_NONE, DOM_TICK_DELAY, DOM_TICK_CATCHUP, DOM_TICK_MERGE, DOM_TICK_DISCARD } DomTickPolicy;
typedef enum { DOM_TRACK_NONE, DOM_TRACK_BOOT, DOM_TRACK_GUEST, DOM_TRACK_WALL } DomTimerTrack;

typedef enum {
    DOM_ADDR_NONE, DOM_ADDR_PCI, DOM_ADDR_DRIVE, DOM_ADDR_VIRTIO_SERIAL, DOM_ADDR_CCID, DOM_ADDR_USB, DOM_ADDR_ISA,
    DOM_ADDR_DIMM
} DomAddrType;

typedef enum { DOM_DISK_TYPE_NONE, DOM_DISK_TYPE_FILE, DOM_DISK_TYPE_BLOCK, DOM_DISK_TYPE_NETWORK } DomDiskType;
typedef enum { DOM_DISK_DEVICE_NONE, DOM_DISK_DEVICE_DISK, DOM_DISK_DEVICE_CDROM, DOM_DISK_DEVICE_FLOPPY } DomDiskDevice;
typedef enum {
    DOM_DISK_BUS_NONE, DOM_DISK_BUS_IDE, DOM_DISK_BUS_FDC, DOM_DISK_BUS_SCSI, DOM_DISK_BUS_VIRTIO, DOM_DISK_BUS_USB,
    DOM_DISK_BUS_SATA
} DomDiskBus;
typedef enum { DOM_FORMAT_NONE, DOM_FORMAT_RAW, DOM_FORMAT_QCOW2 } DomDiskFormat;
typedef enum {
    DOM_CACHE_NONE_GIVEN, DOM_CACHE_NONE, DOM_CACHE_WRITETHROUGH, DOM_CACHE_WRITEBACK, DOM_CACHE_DIRECTSYNC, DOM_CACHE_UNSAFE
} DomDiskCache;
typedef enum { DOM_IO_NONE, DOM_IO_NATIVE, DOM_IO_THREADS, DOM_IO_URING } DomDiskIo;
typedef enum { DOM_DISCARD_NONE, DOM_DISCARD_UNMAP, DOM_DISCARD_IGNORE } DomDiskDiscard;
typedef enum { DOM_ZEROES_NONE, DOM_ZEROES_OFF, DOM_ZEROES_ON, DOM_ZEROES_UNMAP } DomDiskZeroes;
typedef enum { DOM_ONERROR_NONE, DOM_ONERROR_STOP, DOM_ONERROR_REPORT, DOM_ONERROR_IGNORE, DOM_ONERROR_ENOSPACE } DomDiskOnError;
typedef enum { DOM_TRAY_NONE, DOM_TRAY_CLOSED, DOM_TRAY_OPEN } DomDiskTray;
typedef enum { DOM_NETPROTO_NONE, DOM_NETPROTO_NBD } DomDiskProtocol;
typedef enum { DOM_TRANSPORT_NONE, DOM_TRANSPORT_TCP, DOM_TRANSPORT_UNIX } DomTransport;

typedef enum {
    DOM_CONTROLLER_NONE, DOM_CONTROLLER_IDE, DOM_CONTROLLER_FDC, DOM_CONTROLLER_SCSI, DOM_CONTROLLER_SATA,
    DOM_CONTROLLER_VIRTIO_SERIAL, DOM_CONTROLLER_USB, DOM_CONTROLLER_PCI
} DomControllerType;

/* One enum for all controller types; dom_controller_model_type() says which type a model belongs to. */
typedef enum {
    DOM_MODEL_NONE,
    DOM_MODEL_PIIX3, DOM_MODEL_PIIX4, DOM_MODEL_ICH6,
    DOM_MODEL_LSILOGIC, DOM_MODEL_VIRTIO_SCSI, DOM_MODEL_LSISAS1078, DOM_MODEL_VMPVSCSI,
    DOM_MODEL_VIRTIO, DOM_MODEL_VIRTIO_TRANSITIONAL, DOM_MODEL_VIRTIO_NON_TRANSITIONAL,
    DOM_MODEL_PIIX3_UHCI, DOM_MODEL_PIIX4_UHCI, DOM_MODEL_EHCI, DOM_MODEL_ICH9_EHCI1, DOM_MODEL_ICH9_UHCI1,
    DOM_MODEL_ICH9_UHCI2, DOM_MODEL_ICH9_UHCI3, DOM_MODEL_VT82C686B_UHCI, DOM_MODEL_PCI_OHCI, DOM_MODEL_NEC_XHCI,
    DOM_MODEL_QEMU_XHCI, DOM_MODEL_USB_NONE,
    DOM_MODEL_PCI_ROOT, DOM_MODEL_PCIE_ROOT, DOM_MODEL_PCI_BRIDGE, DOM_MODEL_DMI_TO_PCI_BRIDGE,
    DOM_MODEL_PCIE_ROOT_PORT, DOM_MODEL_PCIE_UPSTREAM, DOM_MODEL_PCIE_DOWNSTREAM, DOM_MODEL_PCIE_TO_PCI_BRIDGE,
    DOM_MODEL_PCI_EXPANDER, DOM_MODEL_PCIE_EXPANDER
} DomControllerModel;

typedef enum { DOM_NET_NONE, DOM_NET_USER, DOM_NET_ETHERNET, DOM_NET_BRIDGE } DomNetType;
typedef enum {
    DOM_NIC_NONE, DOM_NIC_E1000, DOM_NIC_E1000E, DOM_NIC_RTL8139, DOM_NIC_VIRTIO, DOM_NIC_VIRTIO_TRANSITIONAL,
    DOM_NIC_VIRTIO_NON_TRANSITIONAL, DOM_NIC_NE2K_PCI, DOM_NIC_PCNET, DOM_NIC_VMXNET3
} DomNicModel;
typedef enum { DOM_NIC_BACKEND_NONE, DOM_NIC_BACKEND_QEMU, DOM_NIC_BACKEND_VHOST } DomNicBackend;
typedef enum { DOM_TXMODE_NONE, DOM_TXMODE_IOTHREAD, DOM_TXMODE_TIMER } DomNicTxMode;
typedef enum { DOM_LINK_NONE, DOM_LINK_UP, DOM_LINK_DOWN } DomLinkState;

typedef enum {
    DOM_CHR_NONE, DOM_CHR_NULL, DOM_CHR_PTY, DOM_CHR_FILE, DOM_CHR_UNIX, DOM_CHR_TCP, DOM_CHR_UDP, DOM_CHR_SPICEVMC
} DomChrType;
typedef enum { DOM_CHR_MODE_NONE, DOM_CHR_MODE_CONNECT, DOM_CHR_MODE_BIND } DomChrMode;
typedef enum { DOM_CHR_PROTO_NONE, DOM_CHR_PROTO_RAW, DOM_CHR_PROTO_TELNET } DomChrProtocol;
typedef enum { DOM_CHR_SERIAL, DOM_CHR_PARALLEL, DOM_CHR_CONSOLE, DOM_CHR_CHANNEL } DomChrDevice;
typedef enum {
    DOM_CHR_TARGET_NONE, DOM_CHR_TARGET_ISA_SERIAL, DOM_CHR_TARGET_PCI_SERIAL, DOM_CHR_TARGET_USB_SERIAL,
    DOM_CHR_TARGET_SERIAL, DOM_CHR_TARGET_VIRTIO
} DomChrTarget;
typedef enum { DOM_CHANNEL_STATE_NONE, DOM_CHANNEL_CONNECTED, DOM_CHANNEL_DISCONNECTED } DomChannelState;

typedef enum { DOM_INPUT_NONE, DOM_INPUT_MOUSE, DOM_INPUT_TABLET, DOM_INPUT_KEYBOARD } DomInputType;
typedef enum { DOM_INPUT_BUS_NONE, DOM_INPUT_BUS_PS2, DOM_INPUT_BUS_USB, DOM_INPUT_BUS_VIRTIO } DomInputBus;

typedef enum { DOM_GRAPHICS_NONE, DOM_GRAPHICS_VNC, DOM_GRAPHICS_SPICE } DomGraphicsType;
typedef enum { DOM_SPICE_MODE_NONE, DOM_SPICE_ANY, DOM_SPICE_SECURE, DOM_SPICE_INSECURE } DomSpiceMode;
typedef enum {
    DOM_SPICE_CHANNEL_NONE, DOM_SPICE_MAIN, DOM_SPICE_DISPLAY, DOM_SPICE_INPUTS, DOM_SPICE_CURSOR, DOM_SPICE_PLAYBACK,
    DOM_SPICE_RECORD, DOM_SPICE_SMARTCARD, DOM_SPICE_USBREDIR, DOM_SPICE_CHANNEL_LAST
} DomSpiceChannelName;
typedef enum { DOM_LISTEN_NONE, DOM_LISTEN_ADDRESS, DOM_LISTEN_SOCKET, DOM_LISTEN_NOTHING } DomListenType;
typedef enum {
    DOM_VIDEO_DEFAULT, DOM_VIDEO_VGA, DOM_VIDEO_CIRRUS, DOM_VIDEO_VMVGA, DOM_VIDEO_QXL, DOM_VIDEO_VIRTIO, DOM_VIDEO_BOCHS,
    DOM_VIDEO_NONE
} DomVideoType;
typedef enum { DOM_SOUND_NONE, DOM_SOUND_ICH6, DOM_SOUND_ICH9, DOM_SOUND_AC97, DOM_SOUND_ES1370 } DomSoundModel;
typedef enum { DOM_AUDIO_ABSENT, DOM_AUDIO_NONE, DOM_AUDIO_SPICE } DomAudioType;

typedef enum {
    DOM_BALLOON_ABSENT, DOM_BALLOON_VIRTIO, DOM_BALLOON_VIRTIO_TRANSITIONAL, DOM_BALLOON_VIRTIO_NON_TRANSITIONAL, DOM_BALLOON_NONE
} DomBalloonModel;
typedef enum {
    DOM_RNG_NONE, DOM_RNG_VIRTIO, DOM_RNG_VIRTIO_TRANSITIONAL, DOM_RNG_VIRTIO_NON_TRANSITIONAL
} DomRngModel;
typedef enum { DOM_RNG_BACKEND_NONE, DOM_RNG_BACKEND_RANDOM, DOM_RNG_BACKEND_BUILTIN } DomRngBackend;
typedef enum { DOM_WATCHDOG_NONE, DOM_WATCHDOG_I6300ESB, DOM_WATCHDOG_IB700 } DomWatchdogModel;
typedef enum {
    DOM_WATCHDOG_ACTION_NONE, DOM_WATCHDOG_RESET, DOM_WATCHDOG_SHUTDOWN, DOM_WATCHDOG_POWEROFF, DOM_WATCHDOG_PAUSE,
    DOM_WATCHDOG_DUMP, DOM_WATCHDOG_NOTHING, DOM_WATCHDOG_INJECT_NMI
} DomWatchdogAction;
typedef enum { DOM_PANIC_NONE, DOM_PANIC_ISA } DomPanicModel;
typedef enum { DOM_TPM_NONE, DOM_TPM_TIS, DOM_TPM_CRB } DomTpmModel;
typedef enum { DOM_MEMDEV_NONE, DOM_MEMDEV_DIMM } DomMemoryModel;
typedef enum { DOM_MEMSRC_NONE, DOM_MEMSRC_ANONYMOUS, DOM_MEMSRC_FILE, DOM_MEMSRC_MEMFD } DomMemSource;
typedef enum { DOM_MEMACCESS_NONE, DOM_MEMACCESS_PRIVATE, DOM_MEMACCESS_SHARED } DomMemAccess;

/* "scsi" for DOM_DISK_BUS_SCSI and so on; NULL for 0 and for values outside the table. */
const char *dom_name(const char *const *names, int value);
/* The value of word; -1 when the table does not have it. */
int dom_value(const char *const *names, const char *word);
/* A word that means something to libvirt, but nothing that there is here. */
bool dom_is_foreign(const char *const *names, const char *word);

extern const char *const dom_yes_no_names[], *const dom_on_off_names[];
extern const char *const dom_virt_names[], *const dom_action_names[], *const dom_boot_names[];
extern const char *const dom_cpu_mode_names[], *const dom_cpu_match_names[], *const dom_cpu_check_names[],
    *const dom_cpu_fallback_names[], *const dom_cpu_policy_names[], *const dom_cpu_cache_names[];
extern const char *const dom_clock_names[], *const dom_timer_names[], *const dom_tick_names[], *const dom_track_names[];
extern const char *const dom_addr_names[];
extern const char *const dom_disk_type_names[], *const dom_disk_device_names[], *const dom_disk_bus_names[],
    *const dom_disk_format_names[], *const dom_disk_cache_names[], *const dom_disk_io_names[],
    *const dom_disk_discard_names[], *const dom_disk_zeroes_names[], *const dom_disk_onerror_names[],
    *const dom_disk_tray_names[], *const dom_disk_protocol_names[], *const dom_transport_names[];
extern const char *const dom_controller_names[], *const dom_model_names[];
extern const char *const dom_net_names[], *const dom_nic_names[], *const dom_nic_backend_names[],
    *const dom_txmode_names[], *const dom_link_names[];
extern const char *const dom_chr_names[], *const dom_chr_mode_names[], *const dom_chr_protocol_names[],
    *const dom_chr_target_names[], *const dom_channel_state_names[];
extern const char *const dom_input_names[], *const dom_input_bus_names[];
extern const char *const dom_spice_mode_names[], *const dom_spice_channel_names[], *const dom_jpeg_names[], *const dom_streaming_names[],
    *const dom_mouse_mode_names[];
extern const char *const dom_graphics_names[], *const dom_listen_names[], *const dom_video_names[], *const dom_sound_names[],
    *const dom_audio_names[];
extern const char *const dom_balloon_names[], *const dom_rng_names[], *const dom_rng_backend_names[],
    *const dom_watchdog_names[], *const dom_watchdog_action_names[], *const dom_panic_names[], *const dom_tpm_names[];
/* Words of members that are kept as text. */
extern const char *const dom_hyperv_mode_names[], *const dom_ioapic_names[], *const dom_firmware_names[], *const dom_fw_feature_names[],
    *const dom_loader_names[], *const dom_smbios_names[], *const dom_tsc_mode_names[], *const dom_basis_names[],
    *const dom_sysinfo_names[], *const dom_allocation_names[], *const dom_seclabel_names[], *const dom_placement_names[],
    *const dom_share_policy_names[], *const dom_image_compression_names[], *const dom_codec_names[], *const dom_tpm_version_names[];
extern const char *const dom_memdev_names[], *const dom_memsource_names[], *const dom_memaccess_names[];
