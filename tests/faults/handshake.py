#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""The way to the destination accepts connections, but the TLS handshake on it gets no answer, or gets none any more. The
guest does not wait with it, whether it would have been stopped for the move or not; the error names what was tried."""
import pathlib
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "e2e"))
from lab import expect, run_tests  # noqa: E402
from silence import LIMIT, NOT_LIVE, Move, table, tls_pair  # noqa: E402
from wire import TO_DESTINATION, TO_SOURCE  # noqa: E402

MODES = {"live": ("--tls",), "not live": ("--tls", NOT_LIVE), "parallel": ("--tls", "--parallel"),
         "not live, parallel": ("--tls", "--parallel", NOT_LIVE), "p2p": ("--tls", "--p2p"),
         "p2p, not live": ("--tls", "--p2p", NOT_LIVE), "p2p, parallel": ("--tls", "--p2p", "--parallel")}


def runs_on(move):
    """Neither the guest waits, nor whoever asks for it."""
    move.guest.serial.wait_beats(200)
    expect(move.a.state(move.guest.name) == "running", f"{move.where}: stands still before its memory goes")


def given_up(move):
    said = move.ended("TLS handshake")
    expect(move.far_end in said, f"{move.where}: says nothing of {move.far_end}: {said}")
    return said


def test_no_answer(lab):
    """The port takes connections and says nothing."""
    a, b = tls_pair(lab, LIMIT)

    def act(move):
        runs_on(move)
        return given_up(move)
    table(lab, a, b, "no answer", MODES, act, held=(TO_DESTINATION, TO_SOURCE))


def test_answer_lost(lab):
    """The destination answers, and nothing of that comes back."""
    a, b = tls_pair(lab, LIMIT)

    modes = {mode: MODES[mode] for mode in ("live", "p2p, not live")}
    table(lab, a, b, "answer lost", modes, given_up, held=(TO_SOURCE,))


def test_abort(lab):
    """Nobody has to wait for the limit."""
    a, b = tls_pair(lab, 600)

    def act(move):
        runs_on(move)
        expect(move.client.poll() is None, f"{move.where}: ended before the limit")
        a.virsh("domjobabort", move.guest.name, timeout=60)
        return move.ended("canceled by client", within=60)
    table(lab, a, b, "no answer, aborted", MODES, act, held=(TO_DESTINATION, TO_SOURCE))


if __name__ == "__main__":
    run_tests(globals())
