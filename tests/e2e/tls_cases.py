# SPDX-License-Identifier: LGPL-2.1-or-later
"""Who is let in over TLS: a row per way in which a certificate can be wrong, on either side, with what each side says.
For our daemon (tls.py) and a stock one (tests/interop/tls.py)."""
import dataclasses
import pathlib
import shutil

from tls_pki import OLD, YOUNG, Authority

# Certificates of the server; its CA file is always the right one.
SERVERS = {"good": {}, "old": dict(dates=OLD), "young": dict(dates=YOUNG), "elsewhere": dict(names="DNS:elsewhere.example"),
           "client-only": dict(role="client"), "foreign": {}, "revoked": {}}
FOREIGN = {"foreign", "mallory"}  # of another CA
CLIENTS = {"alice": {}, "bob": {}, "carol": {}, "old": dict(dates=OLD), "young": dict(dates=YOUNG), "mallory": {}, "bare": {},
           "stray": {}, "wary": {}}
ALLOWED = "CN=alice*"


@dataclasses.dataclass
class Case:
    """Names in braces are files, filled in by Outfits.text()."""
    what: str
    server: str = "good"
    client: str = "alice"
    query: str = ""
    godwit: str = None   # what it says; None: it gets in
    virsh: str = None
    log: str = None      # of the daemon, about godwit; None: nothing to complain of, or nobody came
    virsh_log: str = None


EXPIRED = "it expired on 2020-02-01 00:00:00 UTC"
EARLY = "it is not valid before 2098-01-01 00:00:00 UTC"
REFUSED = "refused our certificate '{own}'"
UNHEARD = "Unable to read TLS confirmation"
LEFT = "left right after the TLS handshake"
CASES = [
    Case("all is well"),
    Case("the server's has expired", server="old",
         godwit=f"the server's certificate 'CN=host-old' is refused: {EXPIRED}", log="an alert: Certificate is expired",
         virsh="The certificate is not trusted", virsh_log=LEFT),
    Case("the server's is not valid yet", server="young",
         godwit=f"the server's certificate 'CN=host-young' is refused: {EARLY}", log="an alert: Certificate is expired",
         virsh="The certificate is not trusted", virsh_log=LEFT),
    Case("the server's is for another host", server="elsewhere",
         godwit="for 'elsewhere.example', which does not match the hostname '127.0.0.1'", log="an alert: Certificate is bad",
         virsh="does not match the hostname 127.0.0.1", virsh_log=LEFT),
    Case("the server's is a client's", server="client-only", godwit="it was not issued for this purpose",
         log="an alert: Certificate is not supported"),  # libvirt's client warns, and goes in
    Case("the server's is of another CA", server="foreign",
         godwit="'CN=host-foreign' is refused: it was not issued by a CA in '{ca}'", log="an alert: CA is unknown",
         virsh="The certificate hasn't got a known issuer", virsh_log=LEFT),
    Case("the server's has been revoked", server="revoked", client="wary",
         godwit="'CN=host-revoked' is refused: it has been revoked, says '{crl}'", log="an alert: Certificate was revoked",
         virsh="The certificate has been revoked", virsh_log=LEFT),
    *[Case(f"the server's is {server}, but nobody looks", server=server, query="no_verify=1")
      for server in ("old", "young", "elsewhere", "client-only", "foreign")],
    Case("the client's has expired", client="old", godwit=f"the client certificate '{{own}}' is of no use: {EXPIRED}",
         virsh="The client certificate {own} has expired"),
    Case("the client's has expired and it does not look", client="old", query="no_sanity=1", godwit=REFUSED,
         log=f"'CN=alice-old' is refused: {EXPIRED}", virsh=UNHEARD, virsh_log=f"'CN=alice-old' is refused: {EXPIRED}"),
    Case("the client's is not valid yet", client="young", query="no_sanity=1", godwit=REFUSED,
         log=f"'CN=alice-young' is refused: {EARLY}", virsh=UNHEARD, virsh_log=f"'CN=alice-young' is refused: {EARLY}"),
    Case("the client's is of another CA", client="mallory", godwit="'{own}' is of no use: it was not issued by a CA in '{ca}'",
         virsh="{own} failed validation"),
    # libvirt's client shows no certificate to a server that names another CA
    Case("the client's is of another CA and it does not look", client="mallory", query="no_sanity=1", godwit=REFUSED,
         log="'CN=alice-mallory' is refused: it was not issued by a CA in '{server_ca}'",
         virsh=UNHEARD, virsh_log="the client has sent no certificate"),
    Case("the client trusts another CA", client="stray", query="no_sanity=1",
         godwit="'CN=host-good' is refused: it was not issued by a CA in '{ca}'", log="an alert: CA is unknown",
         virsh="The certificate hasn't got a known issuer", virsh_log=LEFT),
    Case("the client has none", client="bare", godwit="there is no client certificate at '{own}'",
         log="the client has sent no certificate", virsh=UNHEARD, virsh_log="the client has sent no certificate"),
    Case("the client is not on the list", client="bob", godwit=REFUSED, log="Distinguished Name 'CN=bob' is not on the list",
         virsh=UNHEARD, virsh_log="Distinguished Name 'CN=bob' is not on the list"),
    Case("the client has been revoked", client="carol", godwit=REFUSED,
         log="'CN=alice-carol' is refused: it has been revoked, says '{server_crl}'",
         virsh=UNHEARD, virsh_log="'CN=alice-carol' is refused: it has been revoked, says '{server_crl}'"),
]


class Outfits:
    """Directories for all of the above: DIR/server-KIND as of a host's etc/pki, DIR/client-NAME for ?pkipath=."""

    def __init__(self, directory):
        self.dir = directory
        ca, other = Authority(directory, "ours"), Authority(directory, "theirs")
        for kind, how in SERVERS.items():
            (other if kind in FOREIGN else ca).host(self.server(kind), f"host-{kind}", trusts=ca, **how)
        for name, how in CLIENTS.items():
            cn = "bob" if name == "bob" else "alice" if name == "wary" else f"alice-{name}"
            trusts = other if name == "stray" else ca
            (other if name in FOREIGN else ca).client(self.client(name), cn, trusts=trusts, **how)
        for file in ("clientcert.pem", "clientkey.pem"):
            (self.client("bare") / file).unlink()
        ca.revoke(self.server("revoked") / "servercert.pem", self.client("wary") / "cacrl.pem")
        ca.revoke(self.client("carol") / "clientcert.pem", self.server("good") / "CA/cacrl.pem")

    def server(self, kind):
        return self.dir / f"server-{kind}"

    def client(self, name):
        return self.dir / f"client-{name}"

    def text(self, case, template, host_pki):
        client, host_pki = self.client(case.client), pathlib.Path(host_pki)
        return template.format(own=client / "clientcert.pem", ca=client / "cacert.pem", crl=client / "cacrl.pem",
                               server_ca=host_pki / "CA/cacert.pem", server_crl=host_pki / "CA/cacrl.pem")

    def install(self, kind, root):
        shutil.copytree(self.server(kind), root / "etc/pki")
