/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * A <cpu> document on its own: the CPU of a host, as capabilities describe it (<arch>, features without policy), or what
 * a guest asks for, as in a domain. No I/O, no locks.
 */
#pragma once

#include "model/dom-def.h"

typedef enum {
    CPU_DOC_HOST = 1,   /* it has to be a host's */
    CPU_DOC_STRICT = 2, /* what is not understood is an error, not ignored */
} CpuDocFlags;

typedef struct {
    DomCpu *cpu;
    char   *arch;       /* a host's; NULL: this is what a guest asks for */
} CpuDoc;

/* VIR_ERR_XML_ERROR and its kin, as libvirt has them for each mistake. */
bool cpu_doc_parse(const char *xml, CpuDocFlags flags, CpuDoc *ret_doc, GError **err);
void cpu_doc_clear(CpuDoc *doc);
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(CpuDoc, cpu_doc_clear)

/* An architecture that libvirt has a name for. */
bool cpu_arch_is_known(const char *arch);
/* The two that share CPU models and features. */
bool cpu_arch_is_x86(const char *arch);
