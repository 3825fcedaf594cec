# SPDX-License-Identifier: LGPL-2.1-or-later
"""Certificates for tests: a CA, and certificates that are right, or wrong in one way. Made with openssl."""
from lab import run

FILES = {"server": "serverAuth", "client": "clientAuth"}


class Ca:
    def __init__(self, directory, name="ca"):
        self.dir = directory / f"pki-{name}"
        self.dir.mkdir()
        self.cert, self.key = self.dir / "ca-cert.pem", self.dir / "ca-key.pem"
        run(["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-keyout", self.key, "-out", self.cert, "-days", "30",
             "-subj", f"/CN=Godwit test {name}", "-addext", "keyUsage=critical,keyCertSign,cRLSign"])

    def issue(self, to, role, names="DNS:localhost,IP:127.0.0.1,IP:::1", days=30):
        """to/ROLE-cert.pem and to/ROLE-key.pem; days < 0: expired."""
        to.mkdir(parents=True, exist_ok=True)
        request, extensions = self.dir / f"{role}.csr", self.dir / f"{role}.ext"
        run(["openssl", "req", "-newkey", "rsa:2048", "-nodes", "-keyout", to / f"{role}-key.pem", "-out", request,
             "-subj", f"/CN=godwit-{role}"])
        extensions.write_text(f"subjectAltName={names}\nbasicConstraints=critical,CA:FALSE\n"
                              f"keyUsage=critical,digitalSignature,keyEncipherment\nextendedKeyUsage={FILES[role]}\n")
        if days > 0:
            run(["openssl", "x509", "-req", "-in", request, "-CA", self.cert, "-CAkey", self.key, "-CAcreateserial",
                 "-out", to / f"{role}-cert.pem", "-extfile", extensions, "-days", days])
        else:
            self._issue_expired(request, extensions, to / f"{role}-cert.pem")

    def _issue_expired(self, request, extensions, out):
        """openssl x509 of this age cannot set dates; openssl ca can."""
        (self.dir / "index.txt").write_text("")
        (self.dir / "serial").write_text("4242\n")
        conf = self.dir / "ca.conf"
        conf.write_text(f"[ca]\ndefault_ca=it\n[it]\ndatabase={self.dir}/index.txt\nserial={self.dir}/serial\n"
                        f"new_certs_dir={self.dir}\ndefault_md=sha256\npolicy=any\nunique_subject=no\n"
                        "[any]\ncommonName=supplied\n")
        run(["openssl", "ca", "-batch", "-notext", "-config", conf, "-cert", self.cert, "-keyfile", self.key, "-in", request,
             "-out", out, "-extfile", extensions, "-startdate", "20200101000000Z", "-enddate", "20200201000000Z"])

    def outfit(self, to, **kw):
        """What QEMU wants in its directory on one host."""
        to.mkdir(parents=True, exist_ok=True)
        (to / "ca-cert.pem").write_bytes(self.cert.read_bytes())
        for role in FILES:
            self.issue(to, role, **kw)

    def dh_params(self, to):
        """What QEMU would otherwise take seconds to compute."""
        run(["openssl", "genpkey", "-genparam", "-algorithm", "DH", "-pkeyopt", "group:ffdhe2048", "-out", to / "dh-params.pem"])
