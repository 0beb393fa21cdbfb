"""How a pod proves to the database who it is: all that follows from the kind of its credential stands here."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from components.database.connection import Credential, ExistingSecret, IamSignIn
from components.network_rules import to_pod_identity
from components.secret_value import SecretValue
from portal.contract import (
    DATABASE_FOLDER,
    DATABASE_PASSWORD,
    DATABASE_PASSWORD_FILE,
    DATABASE_PASSWORD_PATH,
    DATABASE_REGION,
    SECRETS_FOLDER,
)

if TYPE_CHECKING:
    from pulumi_kubernetes.core.v1 import EnvVarArgsDict, VolumeArgsDict, VolumeMountArgsDict
    from pulumi_kubernetes.networking.v1 import NetworkPolicyEgressRuleArgsDict


@dataclass(frozen=True, kw_only=True)
class ClientCode:
    """What stands in the JavaScript client: what is ``read`` from the environment, what is made ``before``.

    ``expression`` is the password, or a function that returns one for each connection.
    """

    read: str
    before: str = ""
    expression: str


@dataclass(frozen=True, kw_only=True)
class CredentialUse:
    """What a pod needs for a credential.

    ``environment`` is not secret. ``secret`` is a value that a Secret of the stack has to have. ``volumes`` and
    ``mounts`` are of a Secret that others keep. ``egress`` is what the pod reaches besides the database.
    """

    environment: EnvVarArgsDict
    client: ClientCode
    secret: SecretValue | None = None
    volumes: Sequence[VolumeArgsDict] = ()
    mounts: Sequence[VolumeMountArgsDict] = ()
    egress: Sequence[NetworkPolicyEgressRuleArgsDict] = ()


_FROM_FILE = ClientCode(
    read=f"{DATABASE_PASSWORD_PATH}: passwordFile",
    expression="readFileSync(passwordFile, 'utf8').trimEnd()",
)
# Backstage's own connections are signed by the same package. To sign takes no request; only the role's credentials are
# asked for, and kept until they end. So each new connection has a token of its own.
_SIGNED = ClientCode(
    read=f"{DATABASE_REGION}: region",
    before="""
const backend = createRequire(`${process.cwd()}/packages/backend/package.json`);
const ofBackstage = createRequire(backend.resolve('@backstage/backend-defaults/package.json'));
const { Signer } = ofBackstage('@aws-sdk/rds-signer');
const signer = new Signer({ hostname: host, port: Number(port), username: user, region });""",
    expression="() => signer.getAuthToken()",
)


def credential_use(credential: Credential) -> CredentialUse:
    """What a pod needs for this credential."""
    match credential:
        case IamSignIn():
            return CredentialUse(
                environment={"name": DATABASE_REGION, "value": credential.region},
                client=_SIGNED,
                egress=[to_pod_identity()],
            )
        case ExistingSecret():
            return _kept_elsewhere(credential)
        case SecretValue():
            path = f"{SECRETS_FOLDER}/{DATABASE_PASSWORD}"
            return CredentialUse(
                environment={"name": DATABASE_PASSWORD_PATH, "value": path}, client=_FROM_FILE, secret=credential
            )


def _kept_elsewhere(kept: ExistingSecret) -> CredentialUse:
    items = [{"key": kept.key, "path": DATABASE_PASSWORD_FILE.rpartition("/")[2]}]
    volume: VolumeArgsDict = {
        "name": "database",
        "secret": {"secret_name": kept.name, "default_mode": 0o440, "items": items},  # pyright: ignore[reportAssignmentType]
    }
    return CredentialUse(
        environment={"name": DATABASE_PASSWORD_PATH, "value": DATABASE_PASSWORD_FILE},
        client=_FROM_FILE,
        volumes=[volume],
        mounts=[{"name": "database", "mount_path": DATABASE_FOLDER, "read_only": True}],
    )
