"""Look at a portal from outside, as its users do: the last step of every deployment."""

from __future__ import annotations

import http.client
import json
import time
import urllib.error
import urllib.request
from dataclasses import dataclass, replace
from functools import partial
from typing import IO
from urllib.parse import urlsplit

from portal.base.errors import PortalError
from portal.base.progress import Progress
from portal.contract import PROBE_USER_AGENT, READINESS_PATH

LIMIT_SECONDS = 90.0
POLL_SECONDS = 0.3
# For a moment after a rollout, a Service sends some new connections to the pod that ends: kube-proxy writes its rules
# once a second at most (`--iptables-min-sync-period`), and picks a pod at random. If half of the connections still
# went to the old pod, ten in a row would miss it once in a thousand times.
ANSWERS_IN_A_ROW = 10


@dataclass(frozen=True)
class HttpAnswer:
    """What one request got: a status, or the reason why there is none. ``location`` is where it sends on to."""

    status: int | None
    body: str
    reason: str = ""
    location: str = ""


class _Stay(urllib.request.HTTPRedirectHandler):
    """Follows nothing: what sends on is the answer."""

    def redirect_request(
        self,
        req: urllib.request.Request,
        fp: IO[bytes],
        code: int,
        msg: str,
        headers: http.client.HTTPMessage,
        newurl: str,
    ) -> None:
        """No request for it."""


def fetch(url: str, timeout: float = 5.0, *, follow: bool = True) -> HttpAnswer:
    """GET an address. Never raises for what the other side does."""
    headers = {"User-Agent": PROBE_USER_AGENT}
    request = urllib.request.Request(url, headers=headers)  # noqa: S310 - an origin, checked when it was read
    try:
        with _opened(request, timeout, follow=follow) as response:
            location = response.headers.get("Location", "")
            return HttpAnswer(response.status, response.read().decode(errors="replace"), location=location)
    except (OSError, http.client.HTTPException) as error:
        return HttpAnswer(None, "", str(getattr(error, "reason", error)))


def _opened(
    request: urllib.request.Request, timeout: float, *, follow: bool
) -> http.client.HTTPResponse | urllib.error.HTTPError:
    """The response, whatever its status: a refusal is one as well, and has to be closed like any other."""
    opener = urllib.request.build_opener(*([] if follow else [_Stay]))
    try:
        response: http.client.HTTPResponse = opener.open(request, timeout=timeout)
    except urllib.error.HTTPError as refusal:
        return refusal
    return response


def fetch_ready(url: str, limit: float) -> HttpAnswer:
    """GET the readiness of a portal. Asks again after a 503, for at most ``limit`` seconds.

    For a moment after a rollout, the pod that ends still gets requests, and says that it is not ready.
    """
    deadline = time.monotonic() + limit
    while True:
        answer = fetch(url, max(deadline - time.monotonic(), 0.1))
        if answer.status != 503 or time.monotonic() + POLL_SECONDS > deadline:
            return answer
        time.sleep(POLL_SECONDS)


def sends_to_sign_in(url: str, sign_in: str, timeout: float = 5.0) -> HttpAnswer:
    """Ask a portal that nobody reaches without signing in first at the address ``sign_in``, or at its host.

    200 says that whoever comes is sent there. That is all that can be seen from outside.
    """
    answer = fetch(url, timeout, follow=False)
    if answer.status is None or _leads_to(answer.location.partition("?")[0], sign_in.partition("?")[0]):
        return replace(answer, status=None if answer.status is None else 200)
    return HttpAnswer(None, "", f"answers {answer.status}, and sends nobody to {sign_in} to sign in")


def _leads_to(location: str, sign_in: str) -> bool:
    """Whether it is that address. One without a path stands for every address there."""
    return location == sign_in or (urlsplit(sign_in).path == "" and location.startswith(f"{sign_in}/"))


def smoke_test(
    url: str, title: str, progress: Progress, limit: float = LIMIT_SECONDS, sign_in: str | None = None
) -> None:
    """Wait until the portal is ready at its address and serves a page with its title; PortalError says what it got.

    Asks several times, each on a new connection: all have to reach a pod with this title, none an old one. Where only
    something else than the title has changed, the pages do not tell which pod has answered. Where people are sent to
    ``sign_in`` before a request reaches a pod, this waits until they are: the pods were asked from inside the cluster.
    """
    deadline = time.monotonic() + limit
    look = partial(_not_sent, url, sign_in) if sign_in is not None else partial(_not_yet, url, title)
    with progress.phase(f"Ask {url}") as phase:
        while True:
            asked = (look() for _ in range(ANSWERS_IN_A_ROW))
            reason = next((reason for reason in asked if reason is not None), None)
            if reason is None:
                return
            if time.monotonic() > deadline:
                raise PortalError(f"{url} does not serve the portal: {reason}")
            phase.update(reason)
            time.sleep(POLL_SECONDS)


def _not_sent(url: str, sign_in: str) -> str | None:
    answer = sends_to_sign_in(url, sign_in)
    return answer.reason if answer.status is None else None


def _not_yet(url: str, title: str) -> str | None:
    ready = fetch(f"{url}{READINESS_PATH}")
    if ready.status is None:
        return ready.reason
    if ready.status != 200:
        return f"readiness answers {ready.status}"
    page = fetch(url)
    if page.status != 200:
        return f"the first page answers {page.status}"
    # app-backend puts the configuration into the page: the title there is the one that users see.
    if json.dumps(title)[1:-1] not in page.body and title not in page.body:
        return "the first page has another title"
    return None
