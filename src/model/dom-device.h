/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The devices of a domain. Plain structs without locks: a definition belongs to whoever holds it (a running domain's to
 * the holder of the domain's mutex). All strings are owned by the struct. Numbers: 0 is "not given" for unsigned
 * members, -1 for signed ones, unless a comment says otherwise. Members under "live" exist only while the guest runs.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "model/dom-enum.h"

/* for (each device in list): DomDisk *disk; dom_each(disk, def->disks) { ... } */
#define dom_each(var, list) \
    for (guint G_PASTE(at_, __LINE__) = 0; \
         G_PASTE(at_, __LINE__) < (list)->len && (((var) = g_ptr_array_index((list), G_PASTE(at_, __LINE__))), true); \
         G_PASTE(at_, __LINE__)++)

typedef struct {
    unsigned domain, bus, slot, function;
    DomTri multifunction;
} DomPciAddr;

typedef struct { unsigned controller, bus, target, unit; } DomDriveAddr;
typedef struct { unsigned controller, bus, port; } DomVserialAddr;     /* also ccid: controller, slot in port */
typedef struct { unsigned bus; char *port; } DomUsbAddr;                 /* port "1" or "1.2" */
typedef struct { unsigned iobase, irq; } DomIsaAddr;
typedef struct { unsigned slot; uint64_t base; } DomDimmAddr;

/* Only the member that type names is meaningful. */
typedef struct {
    DomAddrType type;
    DomPciAddr pci;
    DomDriveAddr drive;
    DomVserialAddr vserial;
    DomUsbAddr usb;
    DomIsaAddr isa;
    DomDimmAddr dimm;
} DomAddr;

/* What every device has. */
typedef struct {
    char *alias;            /* "ua-..." given by the user stays in the inactive XML; others are live */
    DomAddr addr;
    unsigned boot_order;    /* 0: none */
    DomTri rom_bar;
    DomTri rom_enabled;
    char *rom_file;
    int master_startport;   /* usb companion controllers; -1: not a companion */
    int line;               /* of the element in the XML it was read from, for messages */
} DomInfo;

/* host and port of a network disk */
typedef struct { char *name; char *port; DomTransport transport; char *socket; } DomHost;

/* One link of a disk's chain. */
typedef struct DomSource DomSource;
struct DomSource {
    DomDiskType type;
    DomDiskFormat format;       /* of backing links; the top's is DomDisk.format */
    char *file;                 /* type file */
    char *dev;                  /* type block */
    DomDiskProtocol protocol;   /* type network */
    char *name;                 /* export name */
    DomTri tls;
    GPtrArray *hosts;           /* DomHost */
    unsigned index;             /* live: node names libvirt-<index>-storage, -format */
    bool detected;              /* live: the link was found in the image, not given by the user; live XML only */
    DomSource *backing;         /* NULL: not looked at; link with type NONE: end of the chain */
};

typedef struct {
    uint64_t total_bytes_sec, read_bytes_sec, write_bytes_sec, total_iops_sec, read_iops_sec, write_iops_sec;
    uint64_t total_bytes_sec_max, read_bytes_sec_max, write_bytes_sec_max, total_iops_sec_max, read_iops_sec_max,
        write_iops_sec_max;
    uint64_t size_iops_sec;
} DomIoTune;

typedef struct {
    DomDiskDevice device;
    DomSource src;              /* src.type is the disk's type; file and dev NULL: empty drive */
    char *driver_name;          /* "qemu" */
    DomDiskFormat format;
    DomDiskCache cache;
    DomDiskOnError error_policy, rerror_policy;
    DomDiskIo io;
    DomTri ioeventfd, event_idx, copy_on_read;
    DomDiskDiscard discard;
    DomDiskZeroes detect_zeroes;
    unsigned iothread, queues, queue_size;
    unsigned logical_block_size, physical_block_size;
    char *target;               /* "vda" */
    DomDiskBus bus;
    DomDiskTray tray;
    DomTri removable;
    unsigned rotation_rate;
    DomIoTune iotune;
    bool readonly, shareable, transient;
    char *serial, *wwn, *vendor, *product;
    DomInfo info;
} DomDisk;

typedef struct {
    DomControllerType type;
    int index;                  /* -1 until assigned */
    DomControllerModel model;
    int ports, vectors;         /* virtio-serial, usb (ports) */
    unsigned queues, cmd_per_lun, max_sectors, iothread;
    DomTri ioeventfd;
    char *pci_model;            /* <model name='pcie-root-port'/> */
    int chassis_nr;             /* pci-bridge */
    int chassis;                /* root ports */
    unsigned port;              /* root ports: slot and function, 0 until assigned */
    int bus_nr, node;           /* expanders */
    DomTri hotplug;
    uint64_t hole64_kib;        /* pci-root, pcie-root; 0: none */
    DomInfo info;
} DomController;

typedef struct {
    DomNetType type;
    unsigned char mac[6];
    bool mac_given;
    char *bridge;               /* <source bridge=''/> */
    char *target;               /* tap name; "vnetN" is live only */
    DomTri managed;             /* <target managed='no'/> */
    DomNicModel model;
    DomNicBackend backend;
    DomNicTxMode txmode;
    DomTri ioeventfd, event_idx;
    unsigned queues, rx_queue_size, tx_queue_size;
    unsigned mtu;
    DomLinkState link;
    DomInfo info;
} DomNet;

/* Host side of a character device; member names follow the XML attributes. */
typedef struct {
    DomChrType type;
    char *path;                 /* pty (live), file, unix */
    bool auto_path;             /* live: unix path made by the driver at start, not printed in inactive XML */
    DomTri append;
    DomChrMode mode;
    char *host, *service;
    DomTri tls;
    char *udp_connect_host, *udp_connect_service, *udp_bind_host, *udp_bind_service;
    DomChrProtocol protocol;
    unsigned reconnect;         /* seconds; DomTri in reconnect_enabled */
    DomTri reconnect_enabled;
    char *log_file;
    DomTri log_append;
} DomChrSource;

/* serial, parallel, console and channel share the struct; device says which. */
typedef struct {
    DomChrDevice device;
    DomChrSource src;
    DomChrTarget target;        /* serial: isa-serial...; console: serial, virtio; channel: virtio */
    int port;                   /* serial, parallel, console */
    char *target_model;         /* serial: <model name='isa-serial'/> */
    char *name;                 /* channel: "org.qemu.guest_agent.0" */
    DomChannelState state;      /* live */
    bool is_serial_copy;        /* console that only mirrors the first serial device: gets no device of its own */
    DomInfo info;
} DomChr;

typedef struct { DomInputType type; DomInputBus bus; DomInfo info; } DomInput;

/* from_config: live: the address is the host's default, not the user's. */
typedef struct { DomListenType type; char *address; char *socket; bool from_config; } DomListen;

typedef struct { DomSpiceChannelName name; DomSpiceMode mode; } DomSpiceChannel;

typedef struct {
    DomGraphicsType type;
    int port;                   /* -1: automatic, not chosen yet; live: the port in use */
    int tls_port;               /* spice */
    int websocket;
    DomTri autoport;
    char *keymap;
    char *passwd;               /* printed only with DOM_XML_SECURE */
    char *share_policy;
    DomTri power_control;
    DomSpiceMode default_mode;  /* from here on: spice only */
    GPtrArray *channels;        /* DomSpiceChannel; after completion in the order of their names */
    char *image_compression;
    char *jpeg, *zlib, *streaming, *mouse_mode;
    DomTri playback, copypaste, filetransfer;
    GPtrArray *listens;         /* DomListen */
    int line;
} DomGraphics;

typedef struct {
    DomVideoType type;
    unsigned ram, vram, vram64, vgamem;     /* KiB */
    unsigned heads;
    DomTri primary;
    DomTri accel3d;
    unsigned res_x, res_y;
    DomInfo info;
} DomVideo;

typedef struct { DomSoundModel model; unsigned audio_id; GPtrArray *codecs; DomInfo info; } DomSound;
typedef struct { unsigned id; DomAudioType type; int line; } DomAudio;
typedef struct { DomInfo info; } DomHub;        /* usb only */

typedef struct {
    DomBalloonModel model;
    DomTri autodeflate, free_page_reporting;
    unsigned stats_period;
    DomInfo info;
} DomBalloon;

typedef struct {
    DomRngModel model;
    unsigned rate_bytes, rate_period;
    DomRngBackend backend;
    char *path;                 /* backend random */
    DomInfo info;
} DomRng;

typedef struct { DomWatchdogModel model; DomWatchdogAction action; DomInfo info; } DomWatchdog;
typedef struct { DomPanicModel model; DomInfo info; } DomPanic;
typedef struct { DomTpmModel model; char *version; DomInfo info; } DomTpm;
typedef struct { DomMemoryModel model; uint64_t size_kib; int node; DomInfo info; } DomMemory;
