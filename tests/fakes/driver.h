/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * A driver in memory for tests of the public API: takes fake:/// URIs, keeps domains in a list, writes down what it
 * was asked, and fails when told to. One process-wide instance; slots may be called from any thread.
 */
#pragma once

#include "model/handle.h"

extern const Driver fake_driver;

/* Forgets domains, the log and planned failures. Two domains remain: "run" (id 1, running) and "off". */
void fake_reset(void);
/* The next verb fails with this. */
void fake_fail_next(int from, int code, const char *message);
/* virDomainSuspend fails from now on, without an error: a driver that breaks its contract. */
void fake_break_contract(void);
/* The next event_on fails. */
void fake_refuse_events(void);
/* What was asked since fake_reset(): "open fake:///a rw\nevent_on 0 *\n". The caller frees it. */
char *fake_log(void);
/* Connections that are open. */
int fake_open_count(void);
/* As a driver would: life cycle event of "run" on conn's hub. */
void fake_publish_lifecycle(virConnectPtr conn, int event, int detail);
/* The UUID of "run" has all bytes 1, that of "off" all bytes 2. */
DomRef fake_ref_run(void);
DomRef fake_ref_off(void);
/* What fake:///dead answers to is_alive. */
void fake_break(virConnectPtr conn, int reason);
