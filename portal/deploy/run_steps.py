"""Run a list of steps, with progress, hooks before and after each step, and timings. Decides no order itself."""

from __future__ import annotations

import time
from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import FIRST_EXCEPTION, Future, ThreadPoolExecutor, wait
from contextlib import nullcontext
from dataclasses import dataclass

from portal.deploy.deployment import Deployment
from portal.deploy.hooks import run_hooks
from portal.deploy.step import Step, Together


@dataclass(frozen=True)
class StepTime:
    """How long a step took, or the hooks before or after it."""

    name: str
    seconds: float


def run_steps(steps: Iterable[Step | Together], deployment: Deployment) -> tuple[StepTime, ...]:
    """Run the steps in order, until the end or the first failure."""
    times: list[StepTime] = []
    for entry in steps:
        times += _run_together(entry.steps, deployment) if isinstance(entry, Together) else _run(entry, deployment)
    return tuple(times)


def names_of(steps: Iterable[Step | Together]) -> Iterator[str]:
    """The names of all steps of a list."""
    for entry in steps:
        yield from (step.name for step in (entry.steps if isinstance(entry, Together) else (entry,)))


def _run_together(steps: Sequence[Step], deployment: Deployment) -> list[StepTime]:
    """Run steps at the same time. If one fails, that is shown at once, and the others still finish their work."""
    with ThreadPoolExecutor(max_workers=len(steps)) as pool:
        running: list[Future[list[StepTime]]] = [pool.submit(_run, step, deployment) for step in steps]
        ended = wait(running, return_when=FIRST_EXCEPTION)
        for error in [future.exception() for future in ended.done if ended.not_done]:
            first_line = str(error).partition("\n")[0]
            deployment.progress.note(f"{first_line} (what runs beside it goes on to its end)")
    return [took for future in running for took in future.result()]


def _run(step: Step, deployment: Deployment) -> list[StepTime]:
    times = _run_hooks(f"before-{step.name}", deployment)
    began = time.monotonic()
    with deployment.progress.phase(step.title) if step.title is not None else nullcontext():
        step.run(deployment)
    times.append(StepTime(step.name, time.monotonic() - began))
    return [*times, *_run_hooks(f"after-{step.name}", deployment)]


def _run_hooks(place: str, deployment: Deployment) -> list[StepTime]:
    began = time.monotonic()
    ran = run_hooks(place, deployment)
    return [StepTime(place, time.monotonic() - began)] if ran else []
