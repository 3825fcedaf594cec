# SPDX-License-Identifier: LGPL-2.1-or-later
"""A proxy on the memory's own way, or on any other, that knows nothing of what it carries. It can hold a direction, which
then fills up, or swallow it: accept everything and pass nothing on. An address is (host, port), or a unix socket's path."""
import contextlib
import socket
import threading

TO_DESTINATION, TO_SOURCE = "to the destination", "to the source"


class Wire:
    def __init__(self, near, far):
        self.far = far
        self.flowing = {TO_DESTINATION: threading.Event(), TO_SOURCE: threading.Event()}
        for event in self.flowing.values():
            event.set()
        self.swallowing, self.bytes, self.sockets = set(), {TO_DESTINATION: 0, TO_SOURCE: 0}, []
        if isinstance(near, tuple):
            self.listener = socket.create_server(near)
        else:
            self.listener = socket.socket(socket.AF_UNIX)
            self.listener.bind(str(near))
            self.listener.listen(16)
        threading.Thread(target=self._accept, daemon=True).start()

    def _connect(self):
        if isinstance(self.far, tuple):
            return socket.create_connection(self.far)
        s = socket.socket(socket.AF_UNIX)
        s.connect(str(self.far))
        return s

    def _accept(self):
        while True:
            try:
                near, _ = self.listener.accept()
            except OSError:
                return
            self.sockets.append(near)
            try:
                far = self._connect()
            except OSError:
                near.close()
                continue
            self.sockets.append(far)
            for source, sink, direction in ((near, far, TO_DESTINATION), (far, near, TO_SOURCE)):
                threading.Thread(target=self._pump, args=(source, sink, direction), daemon=True).start()

    def _pump(self, source, sink, direction):
        with contextlib.suppress(OSError):
            while data := source.recv(1 << 16):
                self.flowing[direction].wait()
                if direction not in self.swallowing:
                    sink.sendall(data)
                    self.bytes[direction] += len(data)
        self.flowing[direction].wait()
        for s in (source, sink):
            with contextlib.suppress(OSError):
                s.shutdown(socket.SHUT_RDWR)

    def carried(self, direction):
        return self.bytes[direction]

    def reached(self):
        return bool(self.sockets)

    def hold(self, *directions):
        for direction in directions:
            self.flowing[direction].clear()

    def swallow(self, *directions):
        self.swallowing.update(directions)

    def close(self):
        self.listener.shutdown(socket.SHUT_RDWR)  # closing alone does not wake the thread that accepts
        self.listener.close()
        for event in self.flowing.values():
            event.set()
        for s in self.sockets:
            with contextlib.suppress(OSError):
                s.shutdown(socket.SHUT_RDWR)
            s.close()
