"""The steps of ``portal down``, in their order."""

from __future__ import annotations

from dataclasses import dataclass

from portal.base.checkout import Checkout
from portal.base.errors import SituationError
from portal.deploy.deployment import Deployment
from portal.deploy.run_steps import StepTime, run_steps
from portal.deploy.stack_record import stack_record
from portal.deploy.step import Steps
from portal.deploy.steps.choose_cluster import ChooseCluster
from portal.deploy.steps.close import Close
from portal.deploy.steps.delete import Delete
from portal.deploy.steps.destroy import Destroy
from portal.deploy.steps.find_cluster import FindCluster
from portal.deploy.steps.forget import Forget
from portal.deploy.steps.recall_engine import RecallEngine
from portal.deploy.steps.require_snapshot_name import RequireSnapshotName
from portal.deploy.steps.require_stack import RequireStack
from portal.deploy.steps.share_cluster import ShareCluster
from portal.deploy.steps.stop import Stop
from portal.deploy.steps.team_engine import TeamEngine
from portal.plan import Plan

# A local stack; its data stays.
STOP: Steps = (ChooseCluster(), RecallEngine(), ShareCluster(data=False), Stop())

# A local stack, with everything that `portal up` created for it.
DELETE: Steps = (ChooseCluster(), RecallEngine(), ShareCluster(data=True), Delete(), Forget())

# A team stack. Protected resources stay in the cluster and in the state.
TEAM: Steps = (FindCluster(), Close(), TeamEngine(), RequireStack(), RequireSnapshotName(), Destroy())


@dataclass(frozen=True)
class Stopped:
    """What ``portal down`` did: whether there was anything to stop, and what to tell the user."""

    stopped: bool
    message: str
    steps: tuple[StepTime, ...] = ()


def down_steps(plan: Plan, *, delete_data: bool) -> Steps:
    """The steps of a stack."""
    if plan.target.team:
        return TEAM
    return DELETE if delete_data else STOP


def down(deployment: Deployment, *, delete_data: bool) -> Stopped:
    """Stop the deployment's stack. ``delete_data`` deletes everything that ``up`` created for a local stack."""
    plan, checkout = deployment.plan, deployment.checkout
    if plan.target.team:
        if delete_data:
            raise _data_of_a_team(deployment)
        message = "Removed. What is protected stays in the cluster and in the state; `portal up` resumes it."
    elif stack_record(checkout, plan.stack) is None and not _has_state(checkout):
        return Stopped(stopped=False, message="Nothing to stop: there was no `portal up` in this checkout.")
    elif delete_data:
        message = "Deleted, with all data. What is left are package caches; `portal doctor` lists them."
    else:
        message = "Stopped. Everything is kept; `portal up` resumes it."
    steps = run_steps(down_steps(plan, delete_data=delete_data), deployment)
    return Stopped(stopped=True, message=message, steps=steps)


def _has_state(checkout: Checkout) -> bool:
    """Whether a command left anything in this checkout. The lock is ours while this one runs."""
    return checkout.state.is_dir() and any(path != checkout.lock_file for path in checkout.state.iterdir())


def _data_of_a_team(deployment: Deployment) -> SituationError:
    """The error for ``--delete-data`` on a team stack: this command deletes no data that other people use."""
    return SituationError(
        f"`--delete-data` is for local stacks, and {deployment.plan.stack} is a team stack",
        "to lift the protection of its data, write `portal:database: {keep: false}` into its file and run `portal up`",
    )
