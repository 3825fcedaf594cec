/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * For builds with ThreadSanitizer, which sees only code that was compiled with it. GLib was not, so that its locks and
 * queues are invisible and everything that they guard looks like a race. tsan.c stands in front of GLib's functions and
 * tells what they synchronise; this header is for the rest. In other builds there is nothing here. Such a build is run
 * with G_SLICE=always-malloc, or memory that GLib hands from thread to thread looks shared.
 */
#pragma once

#if defined(__has_feature)
#if __has_feature(thread_sanitizer) && !defined(__SANITIZE_THREAD__)
#define __SANITIZE_THREAD__ 1
#endif
#endif

#ifdef __SANITIZE_THREAD__
#include <sanitizer/tsan_interface.h>
/* What happened before a give of an address is seen by who takes it afterwards. */
#define tsan_give(address) __tsan_release((void *)(address))
#define tsan_take(address) __tsan_acquire((void *)(address))
#else
#define tsan_give(address) ((void)(address))
#define tsan_take(address) ((void)(address))
#endif
