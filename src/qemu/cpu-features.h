/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* CPU features by two names: the domain XML's, and QEMU's property. Pure; any thread. */
#pragma once

/* Borrowed: a name of the table, or the argument itself when both are the same. */
const char *cpu_feature_qemu_name(const char *xml_name);
const char *cpu_feature_xml_name(const char *qemu_name);
/* "Intel", "AMD", "Hygon" for the vendor string that CPUID gives; NULL: another one. */
const char *cpu_vendor_name(const char *cpuid);
/* The vendor that a named model imitates; "unknown" for models of no vendor. */
const char *cpu_model_vendor(const char *model);
