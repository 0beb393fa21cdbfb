"""A token for an EKS cluster, made with whatever AWS credentials this machine has.

It is a signed question to STS, "who am I?", with the cluster's name in it. Only the cluster sends it, and learns from
the answer who asked. So making a token sends nothing, unless the credentials themselves have to be fetched (SSO, a
role, a web identity, the machine's own), and nothing is checked: the cluster decides.

It is as good as a password for a quarter of an hour, for this cluster alone. The session token of temporary credentials
is part of every signed address. The secret key is not, and cannot be found from it.

Sources: kubernetes-sigs/aws-iam-authenticator README (API Authorization from Outside a Cluster) and pkg/token/token.go,
aws/aws-cli awscli/customizations/eks/get_token.py.
"""

from __future__ import annotations

import base64
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from portal.aws.credentials import credentials
from portal.aws.kubeconfig import EXEC_VERSIONS
from portal.base.errors import InputError, one_of, quoted
from portal.base.json_types import is_mapping

# STS takes the question for 15 minutes, whatever it says itself. Old authenticators want 60 seconds or less in it.
SAID_SECONDS = 60
LIFETIME = timedelta(minutes=14)

_QUESTION = {"Action": "GetCallerIdentity", "Version": "2011-06-15"}
_CLUSTER_HEADER = "x-k8s-aws-id"
_PREFIX = "k8s-aws-v1."
# https://docs.aws.amazon.com/eks/latest/APIReference/API_CreateCluster.html
_CLUSTER_NAME = re.compile(r"[0-9A-Za-z][A-Za-z0-9_-]{0,99}")


@dataclass(frozen=True)
class Token:
    """A token, and when it ends. What prints it by mistake prints only the end."""

    text: str = field(repr=False)
    expires: datetime


def eks_token(cluster: str, region: str) -> Token:
    """A token for a cluster of a region, from botocore's usual chain of credentials.

    InputError if there are none, or if they cannot be fetched.
    """
    if not _CLUSTER_NAME.fullmatch(cluster):
        raise InputError(
            where="--cluster", key="", got=quoted(cluster), allowed="the name of a cluster", fix="write no ARN"
        )
    # Two tenths of a second, and no other command needs it.
    from botocore.auth import SigV4QueryAuth  # noqa: PLC0415
    from botocore.awsrequest import AWSRequest  # noqa: PLC0415
    from botocore.session import Session  # noqa: PLC0415

    session: Any = Session()
    # For the chain: a role is assumed at the region's STS, and not at the global one.
    session.set_config_variable("region", region)
    host = _sts_host(region)
    expires = datetime.now(UTC) + LIFETIME
    request: Any = AWSRequest("GET", f"https://{host}/", {_CLUSTER_HEADER: cluster}, params=_QUESTION)
    signer: Any = SigV4QueryAuth(credentials(session), "sts", region, expires=SAID_SECONDS)
    signer.add_auth(request)
    encoded = base64.urlsafe_b64encode(str(request.url).encode()).decode().rstrip("=")
    return Token(f"{_PREFIX}{encoded}", expires)


def exec_credential(token: Token, asked: str | None) -> Mapping[str, Any]:
    """The token as a client of Kubernetes takes it. ``asked`` is KUBERNETES_EXEC_INFO, by which it says how.

    Source: https://kubernetes.io/docs/reference/access-authn-authz/authentication/#input-and-output-formats
    """
    expires = token.expires.astimezone(UTC).replace(microsecond=0, tzinfo=None)
    return {
        "kind": "ExecCredential",
        "apiVersion": _version(asked),
        "status": {"expirationTimestamp": f"{expires.isoformat()}Z", "token": token.text},
    }


def _version(asked: str | None) -> str:
    """The version of the answer: what the client asks for, else the newest, for a person who looks."""
    if not asked:
        return EXEC_VERSIONS[0]
    try:
        info: object = json.loads(asked)
    except ValueError:
        info = None
    version = info.get("apiVersion") if is_mapping(info) else None
    if version not in EXEC_VERSIONS:
        raise InputError(
            where="KUBERNETES_EXEC_INFO",
            key="apiVersion",
            got=quoted(version),
            allowed=one_of(EXEC_VERSIONS),
            fix="use a newer client of Kubernetes",
        )
    return str(version)


def _sts_host(region: str) -> str:
    """STS in a region, by botocore's own table. No setting changes it, as the cluster takes no other address."""
    from botocore.loaders import Loader  # noqa: PLC0415
    from botocore.regions import EndpointResolver  # noqa: PLC0415

    loader: Any = Loader()
    resolver: Any = EndpointResolver(loader.load_data("endpoints"))
    found: Mapping[str, Any] | None = resolver.construct_endpoint("sts", region)
    if found is None:
        raise InputError(
            where="--region", key="", got=quoted(region), allowed="a region (eu-central-1)", fix="write its code"
        )
    return str(found["hostname"])
