"""Take a role of AWS in the name of a job of CI, with the token that says who the job is.

This is what the action `aws-actions/configure-aws-credentials` does. Botocore is here already, so no code of others
gets the token of a job that deploys, and what AWS refuses can be said in terms of a stack's file.

Source: https://docs.aws.amazon.com/STS/latest/APIReference/API_AssumeRoleWithWebIdentity.html
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from portal.aws.job_token import JobToken
from portal.base.errors import PortalError, SituationError

SECONDS = 20.0
# Every role allows an hour, and no more unless it says so. Jobs that sign in end before
# (tests/hardening/test_sign_in_to_aws.py).
SESSION_SECONDS = 60 * 60


@dataclass(frozen=True)
class RoleSession:
    """Credentials of a role, until they end. What prints them by mistake prints only the end."""

    access_key: str = field(repr=False)
    secret_key: str = field(repr=False)
    session_token: str = field(repr=False)
    ends: datetime


def take_role(role: str, region: str, token: JobToken, name: str) -> RoleSession:
    """A session of a role, called ``name`` in AWS's logs. SituationError if the role does not take this job."""
    from botocore import UNSIGNED  # noqa: PLC0415 - two tenths of a second, and only commands that use AWS need it
    from botocore.config import Config  # noqa: PLC0415
    from botocore.exceptions import BotoCoreError, ClientError  # noqa: PLC0415
    from botocore.session import Session  # noqa: PLC0415

    # The question is not signed, as there is nothing yet to sign it with.
    limits: Any = Config(signature_version=UNSIGNED, connect_timeout=SECONDS, read_timeout=SECONDS)
    session: Any = Session()
    try:
        client: Any = session.create_client("sts", region_name=region, config=limits)
        answer = client.assume_role_with_web_identity(
            RoleArn=role, RoleSessionName=name, WebIdentityToken=token.text, DurationSeconds=SESSION_SECONDS
        )
    except ClientError as error:
        found: Any = error
        raise _refusal(found.response.get("Error", {}), role, token.subject) from error
    except (BotoCoreError, OSError, ValueError) as error:
        raise PortalError(f"AWS cannot be asked for the role {role}: {error}") from error
    given = answer["Credentials"]
    return RoleSession(given["AccessKeyId"], given["SecretAccessKey"], given["SessionToken"], given["Expiration"])


def _refusal(error: dict[str, Any], role: str, subject: str) -> PortalError:
    code, message = str(error.get("Code")), " ".join(str(error.get("Message", "")).split())
    if code == "AccessDenied":
        # AWS says the same of a role that is not there.
        return SituationError(
            f"the role {role} is not there, or does not take this job, whose subject is {subject}",
            "compare the subject with the repository and the environment that the foundation's file names, and deploy"
            " the foundation if it has changed",
        )
    if code == "InvalidIdentityToken":
        return SituationError(
            f"the account of {role} does not accept GitHub's tokens ({message})",
            "deploy a foundation that has an entry for this job: it makes the identity provider for GitHub Actions",
        )
    return PortalError(f"AWS does not give the role {role}: {code}: {message}")
