/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The whole public API. A program written for libvirt includes <libvirt/libvirt.h>, and <libvirt/virterror.h> for
 * errors, and compiles against this unchanged for every call that is declared.
 */
#ifndef GODWIT_LIBVIRT_H
# define GODWIT_LIBVIRT_H

# include <libvirt/libvirt-common.h>
# include <libvirt/libvirt-host.h>
# include <libvirt/libvirt-domain.h>
# include <libvirt/libvirt-domain-snapshot.h>
# include <libvirt/libvirt-stream.h>
# include <libvirt/libvirt-event.h>
# include <libvirt/virterror.h>

#endif
