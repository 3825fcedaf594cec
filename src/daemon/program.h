/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The remote program as the daemon serves it: every procedure that libvirt 9.0.0 knows, each with its handler. A verb's
 * call goes to verb_call(); what we do not offer says so by the name of the function that the client called.
 */
#pragma once

#include "rpc/call.h"

/* Made on first use, constant from then on. */
const RpcProgram *daemon_program(void);
/* libvirt's second program, for QEMU alone: all of it is known and none of it offered. */
const RpcProgram *daemon_qemu_program(void);
