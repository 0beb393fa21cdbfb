"""The steps of ``portal up``, in their order."""

from __future__ import annotations

import time
from dataclasses import dataclass

from portal.base.errors import InputError, raise_first
from portal.deploy.deployment import Deployment
from portal.deploy.engine import Changes, DeployEngine
from portal.deploy.hooks import hook_findings
from portal.deploy.run_steps import StepTime, names_of, run_steps
from portal.deploy.step import Steps, Together
from portal.deploy.steps.ask_first import AskFirst
from portal.deploy.steps.build import Build
from portal.deploy.steps.check import Check
from portal.deploy.steps.check_cluster import CheckCluster
from portal.deploy.steps.choose_cluster import ChooseCluster
from portal.deploy.steps.choose_engine import ChooseEngine
from portal.deploy.steps.compare import Compare
from portal.deploy.steps.deploy import Deploy
from portal.deploy.steps.find_cluster import FindCluster
from portal.deploy.steps.import_ahead import ImportAhead
from portal.deploy.steps.load_images import LoadImages
from portal.deploy.steps.open import Open
from portal.deploy.steps.preflight import Preflight
from portal.deploy.steps.prepare import Prepare
from portal.deploy.steps.read_cluster import ReadCluster
from portal.deploy.steps.read_program import ReadProgram
from portal.deploy.steps.refuse_choices import RefuseChoices
from portal.deploy.steps.require_images import RequireImages
from portal.deploy.steps.require_stack import RequireStack
from portal.deploy.steps.smoke_test import SmokeTest
from portal.deploy.steps.start_cluster import StartCluster
from portal.deploy.steps.team_engine import TeamEngine
from portal.deploy.steps.team_preflight import TeamPreflight
from portal.deploy.steps.write_stack import WriteStack
from portal.plan import Plan
from portal.stackfile.read import StackFile

# A local stack: from a checkout to a portal that answers. Unchanged work is skipped.
LOCAL: Steps = (
    Check(),
    ImportAhead(),
    ChooseCluster(),
    CheckCluster(),
    ChooseEngine(),
    Prepare(),
    AskFirst(),
    Together(Build(), StartCluster()),
    LoadImages(),
    WriteStack(),
    Compare(),
    Together(ReadProgram(), ReadCluster()),
    Preflight(),
    Deploy(),
    Open(),
    SmokeTest(),
)

# A team stack: nothing is built or generated, and no cluster is started. It uses the same file, secrets provider, and
# backend as `pulumi up --stack` does.
TEAM: Steps = (
    Check(),
    RefuseChoices(),
    RequireImages(),
    TeamEngine(),
    RequireStack(make=True),
    FindCluster(),
    TeamPreflight(),
    Deploy(),
    Open(),
    SmokeTest(),
)


@dataclass(frozen=True)
class Deployed:
    """A portal that answers. ``changes`` is None if the engine printed them itself."""

    engine: str
    remark: str | None
    changes: Changes | None
    steps: tuple[StepTime, ...]
    seconds: float


def up_steps(plan: Plan) -> Steps:
    """The steps of a stack."""
    return TEAM if plan.target.team else LOCAL


def check_hooks(plan: Plan, file: StackFile) -> list[InputError]:
    """The errors in a stack's hooks. Not one of the plan's checks, because the Pulumi program runs no hooks."""
    if not plan.settings.hooks.places:
        return []
    from portal.deploy.down import down_steps  # noqa: PLC0415 - most stacks have none

    offered = {*names_of(up_steps(plan)), *names_of(down_steps(plan, delete_data=False))}
    return list(hook_findings(plan, file, offered))


def up(deployment: Deployment) -> Deployed:
    """Run the steps of the deployment's stack."""
    began = time.monotonic()
    raise_first(check_hooks(deployment.plan, deployment.file))
    times = run_steps(up_steps(deployment.plan), deployment)
    engine = deployment.get(DeployEngine)
    return Deployed(engine.name, engine.remark, deployment.find(Changes), times, time.monotonic() - began)
