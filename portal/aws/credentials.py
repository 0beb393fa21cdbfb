"""The AWS credentials of this machine, from botocore's usual chain: variables, a profile, a role, a sign-in."""

from __future__ import annotations

from typing import Any

from portal.base.errors import SituationError


class NoCredentialsError(SituationError):
    """This machine has no AWS credentials at all. Those that are there and do not work are another error."""


def credentials(session: Any) -> Any:  # noqa: ANN401 - botocore has no types
    """The credentials of a session of botocore's, as they are now. InputError if there are none, or none to be had."""
    # Two tenths of a second, and only commands that use AWS need it.
    from botocore.exceptions import BotoCoreError, ClientError  # noqa: PLC0415

    try:
        found = session.get_credentials()
        frozen = found.get_frozen_credentials() if found is not None else None
    except (BotoCoreError, ClientError) as error:
        raise SituationError(
            f"there are no AWS credentials: {error}", "sign in again, or choose another profile with AWS_PROFILE"
        ) from error
    except (EOFError, OSError, RuntimeError, ValueError) as error:
        # A program of the profile that cannot run or prints no JSON, a code that nobody can type, a clock that is off.
        raise SituationError(
            f"there are no AWS credentials ({type(error).__name__}: {error})",
            "look at the profile in ~/.aws/config: its program, its role, and whether it asks for a code",
        ) from error
    if frozen is None:
        raise NoCredentialsError(
            "no AWS credentials were found",
            "sign in, and name the profile with AWS_PROFILE, or set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY; a job"
            " of CI assumes a role first",
        )
    return frozen
