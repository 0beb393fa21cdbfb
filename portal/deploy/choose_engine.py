"""Which engine a local stack uses: the one of its first ``up``."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

from portal.base.checkout import Checkout
from portal.base.errors import InputError, PortalError, SituationError, one_of
from portal.deploy.deployment import Deployment
from portal.deploy.engine import EngineUnavailableError, LocalEngine
from portal.deploy.kubectl_engine import KubectlEngine
from portal.deploy.pulumi_engine import LocalPulumi
from portal.deploy.stack_record import stack_record

# In the order in which they are tried.
LOCAL_ENGINES: tuple[type[LocalEngine], ...] = (LocalPulumi, KubectlEngine)


def choose_engine(deployment: Deployment, engines: Sequence[type[LocalEngine]] = LOCAL_ENGINES) -> LocalEngine:
    """The chosen engine, else the one of the last ``up``, else the first that is available.

    An engine that was chosen or used before is never replaced by another one.
    """
    wanted = _wanted(deployment, [engine.name for engine in engines])
    candidates = [engine for engine in engines if wanted in {None, engine.name}]
    if not candidates:
        raise PortalError(f"this version knows no engine {wanted}, which the last `up` used")
    for engine, following in pairwise(candidates):
        try:
            return engine.obtain(deployment)
        except EngineUnavailableError as error:
            deployment.progress.note(f"{error.short}. The {following.name} engine is used instead.")
    return candidates[-1].obtain(deployment)


def recorded_engine(deployment: Deployment) -> LocalEngine | None:
    """The engine of the last ``up``, for ``down``. None before the first ``up``, or if it is no longer available."""
    engine = _recorded(deployment.checkout, deployment.plan.stack)
    return engine.recall(deployment) if engine is not None else None


def engine_replaces(checkout: Checkout, stack: str) -> bool:
    """Whether a stack's engine replaces immutable objects. Before the first ``up``, the preferred engine counts."""
    return (_recorded(checkout, stack) or LOCAL_ENGINES[0]).replaces


def _wanted(deployment: Deployment, names: Sequence[str]) -> str | None:
    """The engine from the command line, else the one of the last ``up``. It is an error if the two differ."""
    chosen, record = deployment.options.engine, stack_record(deployment.checkout, deployment.plan.stack)
    if chosen is not None and chosen not in names:
        raise InputError(where="--engine", key="", got=f'"{chosen}"', allowed=one_of(names), fix="choose one of them")
    if record is not None and chosen is not None and record.engine != chosen:
        raise SituationError(
            f"this stack was deployed with {record.engine}, and {chosen} cannot go on from there",
            "leave --engine out, or run `portal down --delete-data` first",
        )
    return chosen or (record.engine if record is not None else None)


def _recorded(checkout: Checkout, stack: str) -> type[LocalEngine] | None:
    record = stack_record(checkout, stack)
    return next((engine for engine in LOCAL_ENGINES if record is not None and engine.name == record.engine), None)
