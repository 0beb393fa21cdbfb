"""EKS for tests: credentials that are nobody's, what a cluster makes of a token, and settings of a stack on AWS."""

from __future__ import annotations

import base64
import hashlib
import hmac
import os
from collections.abc import Mapping
from typing import Any
from urllib.parse import parse_qsl, quote, urlsplit

import pytest

from portal.aws.kubeconfig import EksAddress

ACCESS_KEY = "AKIAIOSFODNN7EXAMPLE"
SECRET_KEY = "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY"
SESSION_TOKEN = "AQoDYXdzEPT//////////wEXAMPLEtc764bNrC9SAPBSM22wDOk4x4HIZ8j4FZTwdQW"
AUTHORITY = base64.b64encode(b"-----BEGIN CERTIFICATE-----\n").decode()
ADDRESS = EksAddress(
    "acme", "111122223333", "eu-central-1", "https://0123.gr7.eu-central-1.eks.amazonaws.com", AUTHORITY
)


def _subnets(first: int) -> list[dict[str, str]]:
    return [
        {"id": f"subnet-{first + n:08x}", "zone": f"eu-central-1{zone}", "cidr": f"10.40.{first + n}.0/24"}
        for n, zone in enumerate("abc")
    ]


ON_AWS: dict[str, Any] = {
    "target": "aws",
    "url": "https://portal.acme.example",
    "signIn": {"provider": "github"},
    "aws": {
        "account": ADDRESS.account,
        "region": ADDRESS.region,
        "vpc": {"id": "vpc-01234567", "cidr": "10.40.0.0/16"},
        "subnets": {name: _subnets(n * 16) for n, name in enumerate(("public", "private", "database"))},
        "cluster": {
            "name": ADDRESS.name,
            "endpoint": ADDRESS.endpoint,
            "authority": ADDRESS.authority,
            "securityGroup": "sg-01234567",
            "serviceCidr": "172.20.0.0/16",
        },
    },
    "loadBalancer": {"zone": {"id": "Z0123456789ABCDEFGHIJ", "name": "acme.example"}},
}


def without_credentials(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing of this machine's is found, and no network is asked."""
    for name in os.environ:
        if name.startswith("AWS_"):
            monkeypatch.delenv(name)
    for name in ("AWS_CONFIG_FILE", "AWS_SHARED_CREDENTIALS_FILE"):
        monkeypatch.setenv(name, os.devnull)
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")
    monkeypatch.delenv("KUBERNETES_EXEC_INFO", raising=False)


def with_credentials(monkeypatch: pytest.MonkeyPatch, **environment: str) -> None:
    """Those of an IAM user, and ``environment``."""
    without_credentials(monkeypatch)
    keys = {"AWS_ACCESS_KEY_ID": ACCESS_KEY, "AWS_SECRET_ACCESS_KEY": SECRET_KEY}
    for name, value in {**keys, **environment}.items():
        monkeypatch.setenv(name, value)


def asked_sts(token: str) -> tuple[str, dict[str, str]]:
    """The host and the query of the question in a token, which a cluster sends."""
    prefix, _, encoded = token.partition(".")
    assert prefix == "k8s-aws-v1"
    assert "=" not in encoded
    address = urlsplit(base64.urlsafe_b64decode(encoded + "=" * (-len(encoded) % 4)).decode())
    assert (address.scheme, address.path) == ("https", "/")
    return address.netloc, dict(parse_qsl(address.query, strict_parsing=True))


def accepted(token: str, cluster: str) -> bool:
    """Whether STS would answer a cluster that asks for itself.

    Signed anew here, by the description and without botocore: https://docs.aws.amazon.com/IAM/latest/UserGuide/
    reference_sigv-create-signed-request.html
    """
    host, query = asked_sts(token)
    given = query.pop("X-Amz-Signature")
    scope = query["X-Amz-Credential"].split("/")[1:]
    canonical = "\n".join(
        (
            "GET",
            "/",
            "&".join(f"{quote(key, safe='')}={quote(value, safe='')}" for key, value in sorted(query.items())),
            f"host:{host}",
            f"x-k8s-aws-id:{cluster}",
            "",
            "host;x-k8s-aws-id",
            hashlib.sha256(b"").hexdigest(),
        )
    )
    hashed = hashlib.sha256(canonical.encode()).hexdigest()
    text = "\n".join(("AWS4-HMAC-SHA256", query["X-Amz-Date"], "/".join(scope), hashed))
    key = f"AWS4{SECRET_KEY}".encode()
    for part in scope:
        key = hmac.digest(key, part.encode(), "sha256")
    return hmac.digest(key, text.encode(), "sha256").hex() == given


def token_of(credential: Mapping[str, Any]) -> str:
    """The token of what a client of Kubernetes is given."""
    return str(credential["status"]["token"])
