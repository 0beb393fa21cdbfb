"""Look at a stack's pods while another program waits for them, and end its wait once it is surely in vain.

The Pulumi CLI waits for minutes and then says "timed out waiting to be Ready", whatever the cause. A guard asks the
cluster the same questions as :func:`portal.kubernetes.rollout.await_rollout`, names the cause in the same words, and
interrupts the CLI as a person would, once: it then gives up its waiting, writes its state and unlocks it
(https://www.pulumi.com/docs/iac/cli/commands/pulumi_cancel). A second interrupt would not let it, so there is none.
"""

from __future__ import annotations

import signal
import subprocess
import threading
import time
from collections.abc import Callable, Generator, Mapping
from contextlib import contextmanager
from typing import Any

from portal.base.errors import PortalError
from portal.kubernetes.failure import FailureWatch
from portal.kubernetes.rollout import Rollout, RolloutLook

POLL_SECONDS = 1.0
# A pod that was there before counts only after this time: by then the CLI has applied what it had to, and waits.
OLD_PODS_SECONDS = 40.0


class RolloutGuard:
    """The guard of one rollout. It reads only; a cluster that does not answer is for the CLI to report.

    Pods of an earlier rollout that failed say nothing about this one, so what was there at the first look is left
    out. If ``old_pods``, it is judged as well once the CLI can have nothing else to do: a second ``up`` of the same
    broken stack. That needs a stack whose workloads are all that takes long, as a local stack's are.
    """

    def __init__(self, rollout: Rollout, say: Callable[[str], None], *, old_pods: bool) -> None:
        self.cause: str | None = None
        self._rollout, self._say, self._old_pods = rollout, say, old_pods
        self._watch = FailureWatch()
        self._began = time.monotonic()
        self._known: frozenset[str] | None = None

    @contextmanager
    def beside(self, process: subprocess.Popen[bytes]) -> Generator[None]:
        """A context in which the process is interrupted as soon as its wait is in vain. ``cause`` then says why."""
        ended = threading.Event()
        looks = threading.Thread(target=self._look_on, args=(process, ended), daemon=True)
        looks.start()
        try:
            yield
        finally:
            ended.set()
            looks.join()

    def suspicion(self) -> str | None:
        """After the process failed by itself: the most likely cause. None if the pods say nothing."""
        look = self._look()
        failure = self._watch.suspect(self._judged(look)) if look is not None else None
        return self._rollout.told(failure, look) if failure is not None and look is not None else None

    def _look_on(self, process: subprocess.Popen[bytes], ended: threading.Event) -> None:
        while not ended.is_set():
            cause = self._certain()
            if cause is not None and process.poll() is None:
                self.cause = cause
                self._say("The rollout cannot succeed. Pulumi is asked to stop; its state stays whole.")
                process.send_signal(signal.SIGINT)
                return
            ended.wait(POLL_SECONDS)

    def _certain(self) -> str | None:
        look = self._look()
        if look is None or look.settled:
            return None
        try:
            failure = self._watch.find(self._judged(look), time.monotonic(), self._rollout.expected(look))
            return self._rollout.told(failure, look) if failure is not None else None
        except PortalError:
            return None

    def _look(self) -> RolloutLook | None:
        try:
            look = self._rollout.look()
        except PortalError:
            return None
        if self._known is None:
            self._known = frozenset(_uid(pod) for pod in (*look.pods, *look.gates))
        return look

    def _judged(self, look: RolloutLook) -> list[Mapping[str, Any]]:
        known = self._known or frozenset()
        # Whoever still waits for another workload has not come to the one that these pods are of.
        settled = time.monotonic() - self._began >= OLD_PODS_SECONDS and sum(not s.done for s in look.statuses) <= 1
        judged = (*look.judged, *look.gates)
        return [pod for pod in judged if (self._old_pods and settled) or _uid(pod) not in known]


def _uid(pod: Mapping[str, Any]) -> str:
    return str(pod["metadata"].get("uid", pod["metadata"]["name"]))
