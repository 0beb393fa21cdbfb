"""A PostgreSQL that is not ours: outside of the cluster, with TLS, and an authority that no browser knows.

Debian's, on the node's way out; in the cluster it has the name that its certificate is issued for. The wheel that the
portal's own database is assembled from has no TLS in it.
"""

from __future__ import annotations

import datetime as dt
import json
import shutil
import subprocess
import tempfile
from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from portal.clusters.kubectl import Kubectl
from portal.clusters.node.layout import HOST_ADDRESS
from portal.process import output
from tests.e2e.conftest import await_that

NAMESPACE = "elsewhere"
HOST = f"postgres.{NAMESPACE}.svc.cluster.local"
PORT = 5433
PASSWORD = "canary-of-the-external-database"
BINARIES = Path("/usr/lib/postgresql/15/bin")
# PostgreSQL refuses to run as root; nobody's.
USER = 65534


@dataclass(frozen=True)
class Elsewhere:
    """A running database. ``authority`` is the one of its certificate, ``stranger`` another; both in PEM."""

    folder: Path
    authority: str
    stranger: str

    def sql(self, text: str, database: str = "postgres") -> str:
        """Run statements as the superuser; what they print, without decoration."""
        place = [f"--host={self.folder}", f"--port={PORT}", "--username=postgres", f"--dbname={database}"]
        plain = ["--no-psqlrc", "--tuples-only", "--no-align", "--quiet", "--set=ON_ERROR_STOP=1"]
        return output([BINARIES / "psql", *place, *plain], stdin=text).strip()

    def database(self, name: str, *, rights: str = "CONNECT, CREATE, TEMPORARY") -> None:
        """An empty database, and a role of the same name with some rights on it."""
        self.sql(f"CREATE ROLE {name} LOGIN PASSWORD '{PASSWORD}'")
        self.sql(f"CREATE DATABASE {name}")
        self.sql(f"REVOKE ALL ON DATABASE {name} FROM PUBLIC; GRANT {rights} ON DATABASE {name} TO {name}")


@contextmanager
def postgres_elsewhere(kubectl: Kubectl) -> Generator[Elsewhere]:
    """As long as it runs."""
    assert BINARIES.is_dir(), "Debian's PostgreSQL is missing: apt-get install postgresql-15"
    folder = Path(tempfile.mkdtemp(prefix="elsewhere-"))
    authority, certificate, key = _certificates()
    stranger, _, _ = _certificates()
    for name, text in (("tls.crt", certificate), ("tls.key", key), ("pg_hba.conf", HBA)):
        (folder / name).write_text(text)
        (folder / name).chmod(0o600)
    for path in (folder, *folder.iterdir()):
        shutil.chown(path, USER, USER)
    data = folder / "data"
    create = [BINARIES / "initdb", f"--pgdata={data}", "--username=postgres", "--auth=trust", "--no-sync", "--locale=C"]
    subprocess.run(create, user=USER, group=USER, cwd=folder, check=True, capture_output=True)
    settings = {
        "listen_addresses": HOST_ADDRESS,
        "port": str(PORT),
        "unix_socket_directories": str(folder),
        "max_connections": "300",
        "hba_file": str(folder / "pg_hba.conf"),
        "ssl": "on",
        "ssl_cert_file": str(folder / "tls.crt"),
        "ssl_key_file": str(folder / "tls.key"),
    }
    words = [word for name, value in settings.items() for word in ("-c", f"{name}={value}")]
    with (folder / "log").open("w") as log:
        process = subprocess.Popen(
            [BINARIES / "postgres", "-D", data, *words], user=USER, group=USER, cwd=folder, stdout=log, stderr=log
        )
    try:
        ready = [BINARIES / "pg_isready", f"--host={folder}", f"--port={PORT}"]
        await_that(lambda: subprocess.run(ready, check=False, capture_output=True).returncode == 0, "PostgreSQL")
        output(kubectl.command("apply", "--filename=-"), stdin=json.dumps(_name_in_the_cluster()))
        yield Elsewhere(folder, authority, stranger)
    finally:
        process.terminate()
        process.wait()
        shutil.rmtree(folder)
        output(kubectl.command("delete", "namespace", NAMESPACE, "--now", "--ignore-not-found", patience=0))


HBA = """\
local   all all trust
hostssl all all all scram-sha-256
"""


def _name_in_the_cluster() -> dict[str, object]:
    """A Service without pods: its name leads out of the cluster."""
    metadata = {"name": "postgres", "namespace": NAMESPACE}
    slice_labels = {"kubernetes.io/service-name": "postgres"}
    ports = [{"name": "postgres", "port": PORT, "protocol": "TCP"}]
    objects = [
        {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": NAMESPACE}},
        {"apiVersion": "v1", "kind": "Service", "metadata": metadata, "spec": {"ports": ports}},
        {
            "apiVersion": "discovery.k8s.io/v1",
            "kind": "EndpointSlice",
            "metadata": {**metadata, "labels": slice_labels},
            "addressType": "IPv4",
            "ports": ports,
            "endpoints": [{"addresses": [HOST_ADDRESS]}],
        },
    ]
    return {"apiVersion": "v1", "kind": "List", "items": objects}


def _certificates() -> tuple[str, str, str]:
    """An authority's certificate, and a certificate of the host with its key; in PEM."""
    start = dt.datetime.now(dt.UTC) - dt.timedelta(hours=1)
    issuer, issuer_key = _name("elsewhere"), ec.generate_private_key(ec.SECP256R1())
    key = ec.generate_private_key(ec.SECP256R1())
    end = start + dt.timedelta(days=2)
    authority = (
        x509.CertificateBuilder(issuer, issuer, issuer_key.public_key(), x509.random_serial_number(), start, end)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(issuer_key, hashes.SHA256())
    )
    certificate = (
        x509.CertificateBuilder(issuer, _name(HOST[:60]), key.public_key(), x509.random_serial_number(), start, end)
        .add_extension(x509.SubjectAlternativeName([x509.DNSName(HOST)]), critical=False)
        .sign(issuer_key, hashes.SHA256())
    )
    pem = serialization.Encoding.PEM
    private = key.private_bytes(pem, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    return authority.public_bytes(pem).decode(), certificate.public_bytes(pem).decode(), private.decode()


def _name(text: str) -> x509.Name:
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, text)])
