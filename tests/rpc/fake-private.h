/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What the files of the fake server share. */
#pragma once

#include "fake.h"

Fake *fake_of(const RpcRequest *req);
/* Adds one, and wakes fake_wait(). */
void  fake_count(Fake *fake, int *counter);

/* fake-streams.c */
bool fake_do_upload(RpcRequest *req, gconstpointer in, gpointer out, GError **err);
bool fake_do_pour(RpcRequest *req, gconstpointer in, gpointer out, GError **err);
bool fake_do_download(RpcRequest *req, gconstpointer in, gpointer out, GError **err);
