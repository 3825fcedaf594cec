# SPDX-License-Identifier: LGPL-2.1-or-later
"""Certificates for RPC over TLS, each right or wrong in one way: an authority with openssl's means, which also revokes."""
from lab import run

OLD = ("20200101000000Z", "20200201000000Z")
NOW = ("20200101000000Z", "20990101000000Z")
YOUNG = ("20980101000000Z", "20990101000000Z")
HERE = "IP:127.0.0.1,DNS:localhost"
PURPOSES = {"server": "serverAuth", "client": "clientAuth"}
NEW_KEY = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes"]


class Authority:
    def __init__(self, directory, name):
        self.dir = directory / f"authority-{name}"
        self.dir.mkdir()
        self.cert, self.key, self.conf = self.dir / "cacert.pem", self.dir / "cakey.pem", self.dir / "ca.conf"
        run(["openssl", "req", "-x509", *NEW_KEY, "-keyout", self.key, "-out", self.cert, "-days", "30", "-subj",
             f"/CN=Godwit test {name}", "-addext", "keyUsage=critical,keyCertSign,cRLSign"])
        (self.dir / "index.txt").write_text("")
        self.conf.write_text(f"[ca]\ndefault_ca=it\n[it]\ndatabase={self.dir}/index.txt\nrand_serial=yes\nnew_certs_dir={self.dir}\n"
                             "default_md=sha256\ndefault_crl_days=30\npolicy=any\nunique_subject=no\n[any]\ncommonName=supplied\n")

    def _ca(self, *args):
        run(["openssl", "ca", "-batch", "-config", self.conf, "-cert", self.cert, "-keyfile", self.key, *args])

    def issue(self, cert, key, role, cn, dates=NOW, names=HERE):
        """role says for which purpose; names only matter to servers."""
        for path in cert, key:
            path.parent.mkdir(parents=True, exist_ok=True)
        request, extensions = self.dir / "request", self.dir / "extensions"
        run(["openssl", "req", *NEW_KEY, "-keyout", key, "-out", request, "-subj", f"/CN={cn}"])
        extensions.write_text(f"subjectAltName={names}\nbasicConstraints=critical,CA:FALSE\n"
                              f"keyUsage=critical,digitalSignature,keyEncipherment\nextendedKeyUsage={PURPOSES[role]}\n")
        self._ca("-notext", "-in", request, "-out", cert, "-extfile", extensions, "-startdate", dates[0], "-enddate", dates[1])

    def host(self, pki, cn, role="server", trusts=None, **kw):
        """What a daemon finds in its etc/pki."""
        self.issue(pki / "servercert.pem", pki / "private/serverkey.pem", role, cn, **kw)
        (pki / "CA").mkdir()
        (pki / "CA/cacert.pem").write_bytes((trusts or self).cert.read_bytes())
        return pki

    def client(self, pki, cn, trusts=None, **kw):
        """What ?pkipath= takes."""
        self.issue(pki / "clientcert.pem", pki / "clientkey.pem", "client", cn, **kw)
        (pki / "cacert.pem").write_bytes((trusts or self).cert.read_bytes())
        return pki

    def revoke(self, cert, into):
        """Writes the list of all that have been revoked."""
        self._ca("-revoke", cert)
        self._ca("-gencrl", "-out", into)
