"""The node's certificate authority. It is made once and kept in the node's folder.

Only the node and its clients trust it.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from ipaddress import ip_address
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from portal.node.layout import API_SERVICE_ADDRESS, NAME, NODE_ADDRESS

LIFETIME = dt.timedelta(days=3650)


@dataclass(frozen=True)
class Identity:
    """The identity in a certificate. Kubernetes takes the user from ``name`` and the group from ``group``."""

    file: str
    name: str
    group: str | None = None
    addresses: tuple[str, ...] = ()
    hosts: tuple[str, ...] = ()


_API_HOSTS = ("kubernetes", "kubernetes.default", "kubernetes.default.svc", "localhost")

IDENTITIES = (
    Identity("apiserver", "kube-apiserver", None, ("127.0.0.1", NODE_ADDRESS, API_SERVICE_ADDRESS), _API_HOSTS),
    Identity("apiserver-kubelet", "kube-apiserver-kubelet", "system:masters"),
    Identity("admin", "admin", "system:masters"),
    Identity("controller-manager", "system:kube-controller-manager"),
    Identity("scheduler", "system:kube-scheduler"),
    Identity("proxy", "system:kube-proxy"),
    Identity("network-policies", "network-policies", "system:masters"),
    Identity("kubelet", f"system:node:{NAME}", "system:nodes", (NODE_ADDRESS,), (NAME,)),
)


def make_authority(folder: Path) -> None:
    """Write the authority, a certificate for each identity, and the key that signs tokens, unless they exist."""
    if (folder / "complete").is_file():
        return
    folder.mkdir(parents=True, exist_ok=True)
    folder.chmod(0o700)
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "portal-node")])
    now = dt.datetime.now(dt.UTC) - dt.timedelta(minutes=5)
    authority = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now)
        .not_valid_after(now + LIFETIME)
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .sign(key, hashes.SHA256())
    )
    _write_certificate(folder / "ca.crt", authority)
    _write_key(folder / "ca.key", key)
    for identity in IDENTITIES:
        own = ec.generate_private_key(ec.SECP256R1())
        _write_certificate(folder / f"{identity.file}.crt", _certificate(identity, own, authority, key, now))
        _write_key(folder / f"{identity.file}.key", own)
    tokens = ec.generate_private_key(ec.SECP256R1())
    _write_key(folder / "tokens.key", tokens)
    (folder / "tokens.pub").write_bytes(
        tokens.public_key().public_bytes(serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo)
    )
    (folder / "complete").touch()


def _certificate(
    identity: Identity,
    key: ec.EllipticCurvePrivateKey,
    authority: x509.Certificate,
    authority_key: ec.EllipticCurvePrivateKey,
    now: dt.datetime,
) -> x509.Certificate:
    names = [x509.NameAttribute(NameOID.COMMON_NAME, identity.name)]
    if identity.group is not None:
        names.insert(0, x509.NameAttribute(NameOID.ORGANIZATION_NAME, identity.group))
    builder = (
        x509.CertificateBuilder()
        .subject_name(x509.Name(names))
        .issuer_name(authority.subject)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now)
        .not_valid_after(now + LIFETIME)
        .add_extension(
            x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH, ExtendedKeyUsageOID.CLIENT_AUTH]), critical=False
        )
    )
    alternatives: list[x509.GeneralName] = [x509.DNSName(host) for host in identity.hosts]
    alternatives.extend(x509.IPAddress(ip_address(address)) for address in identity.addresses)
    if alternatives:
        builder = builder.add_extension(x509.SubjectAlternativeName(alternatives), critical=False)
    return builder.sign(authority_key, hashes.SHA256())


def _write_certificate(path: Path, certificate: x509.Certificate) -> None:
    path.write_bytes(certificate.public_bytes(serialization.Encoding.PEM))


def _write_key(path: Path, key: ec.EllipticCurvePrivateKey) -> None:
    path.touch(mode=0o600)
    path.write_bytes(
        key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    )
