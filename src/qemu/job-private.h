/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* For tests: nobody waits half a minute to see a wait end. */
#pragma once

/* How long a job waits for its turn. Written before any thread waits. */
extern int qemu_job_wait_ms;
