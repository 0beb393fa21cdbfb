"""Ask the account that a stack names, with the AWS credentials of this machine. Changes nothing there.

Each question has seconds and is asked once: whoever looks can look again.
"""

from __future__ import annotations

import threading
from collections.abc import Generator, Mapping
from contextlib import contextmanager
from typing import Any
from urllib.parse import urlsplit

from portal.aws.credentials import credentials
from portal.base.errors import PortalError, SituationError

# To connect, and between two pieces of an answer.
SECONDS = 3.0
# Services disagree about the names of these
# (https://docs.aws.amazon.com/AmazonRDS/latest/APIReference/CommonErrors.html and the like).
_DENIED = frozenset({"AccessDenied", "AccessDeniedException", "UnauthorizedOperation", "NotAuthorized"})
_ENDED = frozenset({"ExpiredToken", "ExpiredTokenException"})
_UNKNOWN = frozenset({"InvalidClientTokenId", "UnrecognizedClientException", "InvalidAccessKeyId"})
_NOT_FOUND = frozenset(
    {
        *("DBInstanceNotFound", "DBInstanceNotFoundFault", "DBSnapshotNotFound", "DBSnapshotNotFoundFault"),
        "ResourceNotFoundException",
    }
)


class NotFoundError(PortalError):
    """The account has no such resource."""


class DeniedError(SituationError):
    """The credentials do not allow the question. Of a resource that is not there, AWS may say the same."""


class AwsAccount:
    """A region of an account. Nothing but STS is asked before it is known that the credentials are of this account.

    Several threads may ask at the same time.
    """

    def __init__(self, account: str, region: str) -> None:
        self.account, self.region = account, region
        self._lock = threading.Lock()
        self._session: Any = None
        self._refusal: PortalError | None = None

    def identify(self) -> None:
        """Ask whose the credentials are. PortalError if there are none, or if they are of another account."""
        self._known_session()

    def ask(self, service: str, operation: str, **words: object) -> Mapping[str, Any]:
        """The answer to one operation. PortalError says in a sentence why there is none."""
        client = self._client(service)
        with _in_words(client):
            answer: Mapping[str, Any] = getattr(client, operation)(**words)
            return answer

    def ask_all(self, service: str, operation: str, key: str, **words: object) -> list[Mapping[str, Any]]:
        """What all pages of an answer have under a key. PortalError as in ``ask``."""
        client = self._client(service)
        with _in_words(client):
            return [one for page in client.get_paginator(operation).paginate(**words) for one in page[key]]

    def _client(self, service: str) -> Any:  # noqa: ANN401 - botocore has no types
        session = self._known_session()
        # A session makes one client at a time.
        with self._lock:
            return _client(session, service, self.region)

    def _known_session(self) -> Any:  # noqa: ANN401
        # Who it is, is asked once, and all others wait for the answer.
        with self._lock:
            if self._refusal is not None:
                raise self._refusal
            try:
                self._session = self._session or self._identified()
            except PortalError as error:
                self._refusal = error
                raise
            return self._session

    def _identified(self) -> Any:  # noqa: ANN401
        # Half a second with its clients, and only a stack on AWS needs it.
        from botocore.session import Session  # noqa: PLC0415

        session: Any = Session()
        # For the chain of credentials, too: a role is assumed at the region's STS.
        session.set_config_variable("region", self.region)
        credentials(session)
        client = _client(session, "sts", self.region)
        with _in_words(client):
            found = str(client.get_caller_identity()["Account"])
        if found != self.account:
            raise SituationError(
                f"the AWS credentials are of the account {found}, and the stack is in {self.account}",
                "choose another profile with AWS_PROFILE",
            )
        return session


def _client(session: Any, service: str, region: str) -> Any:  # noqa: ANN401
    from botocore.config import Config  # noqa: PLC0415
    from botocore.exceptions import BotoCoreError  # noqa: PLC0415

    limits: Any = Config(connect_timeout=SECONDS, read_timeout=SECONDS, retries={"total_max_attempts": 1})
    try:
        return session.create_client(service, region_name=region, config=limits)
    except (BotoCoreError, OSError, ValueError) as error:
        # An address of a service, or a file of authorities, that this machine is set to and that is none.
        raise PortalError(f"AWS cannot be asked: {_one_line(error)}") from error


@contextmanager
def _in_words(client: Any) -> Generator[None]:  # noqa: ANN401
    from botocore.exceptions import (  # noqa: PLC0415
        BotoCoreError,
        ClientError,
        ConnectTimeoutError,
        ReadTimeoutError,
    )
    from botocore.parsers import ResponseParserError  # noqa: PLC0415

    host = urlsplit(str(client.meta.endpoint_url)).netloc
    try:
        yield
    except ClientError as error:
        refused: Any = error
        action = f"{client.meta.service_model.signing_name}:{refused.operation_name}"
        raise _refusal(refused.response.get("Error", {}), action) from error
    except (ConnectTimeoutError, ReadTimeoutError) as error:
        raise PortalError(f"{host} does not answer within {SECONDS:g} s") from error
    except (BotoCoreError, ResponseParserError, OSError, ValueError) as error:
        raise PortalError(f"{host} cannot be asked: {_one_line(error)}") from error


def _refusal(error: Mapping[str, Any], action: str) -> PortalError:
    code, message = str(error.get("Code")), _one_line(error.get("Message", ""))
    if code in _NOT_FOUND:
        return NotFoundError(message)
    if code in _DENIED:
        return DeniedError(
            f"the AWS credentials do not allow {action}",
            "docs/how-to/look-after-a-portal.md lists what `portal status` asks for",
        )
    if code in _ENDED:
        return SituationError("the AWS credentials have expired", "sign in again")
    if code in _UNKNOWN:
        return SituationError(
            "AWS does not know the credentials", "sign in again, or choose another profile with AWS_PROFILE"
        )
    return PortalError(f"{action}: {code}: {message}" if message else f"{action}: {code}")


def _one_line(text: object) -> str:
    return " ".join(str(text).split())
