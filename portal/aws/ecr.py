"""Sign in to ECR with whatever AWS credentials this machine has: there is no password to store.

Deliberately not for ECR Public, which takes only pushes of its owner's account and has another API.

Source: https://docs.aws.amazon.com/AmazonECR/latest/userguide/registry_auth.html
"""

from __future__ import annotations

import base64
import re
from dataclasses import dataclass, field
from typing import Any

from portal.aws.credentials import NoCredentialsError, credentials
from portal.base.errors import PortalError, SituationError

SECONDS = 20.0
# All of a host, so that nothing but ECR's own hosts is given a password. With the suffixes of all partitions:
# awslabs/amazon-ecr-credential-helper ecr-login/api/client.go.
_HOST = re.compile(
    r"[0-9]{12}\.dkr[.-]ecr(-fips)?\.(?P<region>[a-z0-9-]+)\.(amazonaws\.(com|com\.cn|eu)|on\.(aws|amazonwebservices\.com\.cn))"
)


@dataclass(frozen=True)
class RegistryPassword:
    """Who one is at a registry, for twelve hours at most. What prints it by mistake prints only the user."""

    user: str
    password: str = field(repr=False)


def ecr_region(host: str) -> str | None:
    """The region of a registry of ECR; None if the host is not one of ECR's."""
    found = _HOST.fullmatch(host)
    return found["region"] if found is not None else None


def ecr_password(region: str) -> RegistryPassword | None:
    """A password for the registries of a region. None if this machine has no AWS credentials at all.

    It gives the rights of the credentials that it was made with, in whatever account the registry is.
    """
    from botocore.config import Config  # noqa: PLC0415 - two tenths of a second, and only commands that use AWS need it
    from botocore.exceptions import BotoCoreError, ClientError  # noqa: PLC0415
    from botocore.session import Session  # noqa: PLC0415

    session: Any = Session()
    session.set_config_variable("region", region)
    try:
        credentials(session)
    except NoCredentialsError:
        return None
    try:
        limits: Any = Config(connect_timeout=SECONDS, read_timeout=SECONDS)
        client: Any = session.create_client("ecr", region_name=region, config=limits)
        (given,) = client.get_authorization_token()["authorizationData"]
        user, colon, password = base64.b64decode(given["authorizationToken"]).decode().partition(":")
    except ClientError as error:
        found: Any = error
        said = found.response.get("Error", {})
        raise SituationError(
            f"the AWS credentials cannot sign in to ECR in {region}: {said.get('Code')}: {said.get('Message')}",
            "use credentials that allow ecr:GetAuthorizationToken, or choose another profile with AWS_PROFILE",
        ) from error
    except (BotoCoreError, OSError, ValueError, KeyError) as error:
        raise PortalError(f"ECR in {region} cannot be asked for a password: {error}") from error
    if not colon:
        raise PortalError(f"ECR in {region} gave a password that cannot be read")
    return RegistryPassword(user, password)
