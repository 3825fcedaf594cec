# SPDX-License-Identifier: LGPL-2.1-or-later
"""A proxy on a control connection that breaks something exactly before or after one call of a migration."""
import contextlib
import select
import socket
import ssl
import struct
import threading

BEGIN, PREPARE, PREPARE_TUNNEL, PERFORM, FINISH, CONFIRM = 302, 303, 304, 305, 306, 307
REMOTE = 0x20008086
REQUESTS, REPLIES = "<", ">"


class Link:
    """One connection through a proxy. One thread moves both directions, because a TLS session bears no second one."""

    def __init__(self, client, server, on_packet, greeting=0):
        self.ends = {REQUESTS: (client, server), REPLIES: (server, client)}
        self.rest = {REQUESTS: b"", REPLIES: b""}
        self.on_packet, self.greeting = on_packet, greeting
        self.quiet = set()
        threading.Thread(target=self._run, daemon=True).start()

    def _run(self):
        with contextlib.suppress(OSError, ValueError):
            while True:
                loud = {source: direction for direction, (source, _) in self.ends.items() if direction not in self.quiet}
                if not loud:
                    return  # whoever closes now is not heard by the other one, as on a network that has died
                for source in select.select(list(loud), [], [])[0]:
                    if not self._move(loud[source]):
                        break
                else:
                    continue
                break
        self.cut()

    def _move(self, direction):
        source, sink = self.ends[direction]
        try:
            source.setblocking(False)
            data = source.recv(1 << 16)
            while isinstance(source, ssl.SSLSocket) and source.pending():
                data += source.recv(1 << 16)
        except (BlockingIOError, ssl.SSLWantReadError):
            return True
        finally:
            source.setblocking(True)
        if not data:
            return False
        if direction == REPLIES and self.greeting:  # after its handshake the server says that it likes the client
            sink.sendall(data[:self.greeting])
            data, self.greeting = data[self.greeting:], max(0, self.greeting - len(data))
        self._forward(direction, sink, self.rest[direction] + data)
        return True

    def _forward(self, direction, sink, buffer):
        while len(buffer) >= 4 and len(buffer) >= (length := struct.unpack(">I", buffer[:4])[0]):
            packet, buffer = buffer[:length], buffer[length:]
            program, _, procedure, kind = struct.unpack(">IIII", packet[4:20])
            if program == REMOTE and kind in (0, 1):
                self.on_packet(self, direction, procedure)
            if direction in self.quiet:
                return
            sink.sendall(packet)
        self.rest[direction] = buffer

    def cut(self):
        for end in self.ends[REQUESTS]:
            with contextlib.suppress(OSError):
                end.shutdown(socket.SHUT_RDWR)

    def stall(self, directions=REQUESTS + REPLIES):
        """Stays open and forwards nothing any more."""
        self.quiet.update(directions)


class Proxy:
    """A unix socket in front of a daemon's."""

    def __init__(self, lab, host, on_packet):
        self.on_packet, self.links = on_packet, []
        self.host = host
        self.listener = self._listen(lab.dir / f"{host.name}-proxy.sock")
        threading.Thread(target=self._accept, daemon=True).start()

    def _listen(self, path):
        path.unlink(missing_ok=True)
        self.uri = f"qemu+unix:///system?socket={path}"
        listener = socket.socket(socket.AF_UNIX)
        listener.bind(str(path))
        listener.listen(16)
        return listener

    def _connect(self, client):
        server = socket.socket(socket.AF_UNIX)
        server.connect(str(self.host.socket))
        return Link(client, server, self.on_packet)

    def _accept(self):
        while True:
            try:
                client, _ = self.listener.accept()
            except OSError:
                return
            try:
                self.links.append(self._connect(client))
            except OSError:
                client.close()

    def close(self):
        self.listener.shutdown(socket.SHUT_RDWR)  # close() alone would leave accept() waiting
        self.listener.close()
        for link in self.links:
            link.cut()


class TlsProxy(Proxy):
    """The same for TLS. It has the destination's own certificate and a client's, so that both sides trust it."""

    def _listen(self, path):
        listener = socket.create_server(("127.0.0.1", 0))
        self.uri = f"qemu+tls://127.0.0.1:{listener.getsockname()[1]}/system"
        return listener

    def _context(self, side, role):
        pki = self.host.root / "etc/pki"
        context = ssl.SSLContext(side)
        context.check_hostname = False
        context.load_cert_chain(pki / f"{role}cert.pem", pki / f"private/{role}key.pem")
        context.load_verify_locations(pki / "CA/cacert.pem")
        context.verify_mode = ssl.CERT_REQUIRED
        return context

    def _connect(self, client):
        client = self._context(ssl.PROTOCOL_TLS_SERVER, "server").wrap_socket(client, server_side=True)
        server = socket.create_connection(("127.0.0.1", self.host.tls_port))
        server = self._context(ssl.PROTOCOL_TLS_CLIENT, "client").wrap_socket(server)
        return Link(client, server, self.on_packet, greeting=1)


class Fault:
    """Once, before a call is passed on or before its reply is, runs action(link)."""

    def __init__(self, lab, a, b, direction, procedure, action, proxy=Proxy):
        self.where, self.action, self.fired = (direction, procedure), action, threading.Event()
        self.lock = threading.Lock()
        self.a, self.b = Proxy(lab, a, self.packet), proxy(lab, b, self.packet)

    def packet(self, link, direction, procedure):
        with self.lock:
            if (direction, procedure) == self.where and not self.fired.is_set():
                self.fired.set()
                self.action(link)

    def close(self):
        self.a.close()
        self.b.close()
