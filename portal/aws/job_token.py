"""The token with which GitHub says who a job is. Only a job with the permission `id-token: write` can ask for one.

Source: https://docs.github.com/en/actions/reference/security/oidc
"""

from __future__ import annotations

import base64
import json
import os
import urllib.request
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import quote, urlsplit

from portal.aws.github import AUDIENCE
from portal.base.address import is_loopback
from portal.base.errors import PortalError, SituationError
from portal.base.json_types import is_mapping
from portal.base.web_answer import read_answer

SECONDS = 20.0
_LARGEST = 2**16
# What GitHub tells a job that may ask.
URL, KEY = "ACTIONS_ID_TOKEN_REQUEST_URL", "ACTIONS_ID_TOKEN_REQUEST_TOKEN"


@dataclass(frozen=True)
class JobToken:
    """A token for AWS, which ends after some minutes. What prints it by mistake prints only ``subject``."""

    text: str = field(repr=False)
    subject: str


def job_token() -> JobToken:
    """Ask GitHub who this job is. SituationError outside of a job that may ask."""
    url, key = os.environ.get(URL), os.environ.get(KEY)
    if not url or not key:
        raise SituationError(
            "there is no job of GitHub Actions here that may say who it is",
            "write `id-token: write` into the permissions of the job; on your machine, use credentials of your own"
            " (AWS_PROFILE). GitHub never gives it to a pull request from a fork",
        )
    if urlsplit(url).scheme != "https" and not is_loopback(url):
        raise PortalError(f"{URL} is not https")
    request = urllib.request.Request(  # noqa: S310 - https, or loopback
        f"{url}{'&' if '?' in url else '?'}audience={quote(AUDIENCE)}",
        headers={"Authorization": f"Bearer {key}", "Accept": "application/json"},
    )
    try:
        found: object = json.loads(read_answer(request, seconds=SECONDS, most_bytes=_LARGEST))
    except (OSError, ValueError) as error:
        raise PortalError(f"GitHub does not say who this job is ({error}). Run the job again") from error
    text = found.get("value") if is_mapping(found) else None
    if not isinstance(text, str):
        raise PortalError("GitHub does not say who this job is: its answer has no token. Run the job again")
    return JobToken(text, _subject(text))


def _subject(token: str) -> str:
    """Who a token says that the job is. Read for errors only: AWS verifies it."""
    _, _, rest = token.partition(".")
    claims = rest.partition(".")[0]
    try:
        found: Any = json.loads(base64.urlsafe_b64decode(claims + "=" * (-len(claims) % 4)))
    except ValueError:
        found = None
    return str(found.get("sub")) if is_mapping(found) else "unknown"
