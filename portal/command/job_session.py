"""Hand a session of AWS to the later steps of a job of GitHub Actions.

Its credentials are in a file that only this user can read, in the folder that the runner empties after each job. Later
steps are only told where the file is: an environment with credentials in it would be that of every program, and is what
programs print when they fail.
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from pathlib import Path

from portal.aws.web_identity import RoleSession
from portal.base.errors import SituationError
from portal.base.files import write_whole

# The runner's own: a folder for this job, and a file with variables of the steps that follow
# (https://docs.github.com/en/actions/reference/workflows-and-actions/variables).
_FOLDER, _LATER = "RUNNER_TEMP", "GITHUB_ENV"
_FILE = "aws-credentials"
# With these, programs would use other credentials than the file's.
_BEFORE_A_FILE = ("AWS_ACCESS_KEY_ID", "AWS_PROFILE", "AWS_WEB_IDENTITY_TOKEN_FILE")


def require_job() -> None:
    """SituationError unless later steps would use what ``hand_on`` gives them."""
    if missing := [name for name in (_FOLDER, _LATER) if not os.environ.get(name)]:
        raise SituationError(
            f"{missing[0]} is not set, as this is no step of GitHub Actions",
            "run it in a job; on your machine, use credentials of your own (AWS_PROFILE)",
        )
    if others := [name for name in _BEFORE_A_FILE if os.environ.get(name)]:
        raise SituationError(
            f"{others[0]} is set, and programs would use it instead of the role",
            "remove it from the job: it signs in with the role alone",
        )


def hand_on(session: RoleSession, region: str) -> None:
    """Let the later steps of this job use the session."""
    path = Path(os.environ[_FOLDER]) / _FILE
    content = (
        "[default]\n"
        f"aws_access_key_id = {session.access_key}\n"
        f"aws_secret_access_key = {session.secret_key}\n"
        f"aws_session_token = {session.session_token}\n"
    )
    write_whole(path, content, 0o600)
    variables: Mapping[str, str] = {
        "AWS_SHARED_CREDENTIALS_FILE": str(path),
        # A runner of one's own may have a profile `default` that names another role.
        "AWS_CONFIG_FILE": os.devnull,
        # SDKs disagree about the name.
        "AWS_REGION": region,
        "AWS_DEFAULT_REGION": region,
    }
    with Path(os.environ[_LATER]).open("a", encoding="utf-8") as file:
        file.writelines(f"{name}={value}\n" for name, value in variables.items())


def masks(session: RoleSession) -> Iterator[str]:
    """Lines by which the runner hides the secrets, should a later step print one. The runner does not show them.

    Source: https://docs.github.com/en/actions/reference/workflows-and-actions/workflow-commands#masking-a-value-in-a-log
    """
    yield from (f"::add-mask::{secret}" for secret in (session.secret_key, session.session_token))


def session_name() -> str:
    """What CloudTrail calls the session: the run that it is of."""
    return f"github-{os.environ.get('GITHUB_RUN_ID', 'run')}-{os.environ.get('GITHUB_RUN_ATTEMPT', '1')}"
