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
from portal.deploy.steps.build import Build
from portal.deploy.steps.check import Check
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

# A local stack: from a checkout to a portal that answers. What did not change is not done again.
LOCAL: Steps = (
    Check(),
    ImportAhead(),
    ChooseCluster(),
    ChooseEngine(),
    Prepare(),
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

# A team stack: nothing is built or generated, and no cluster is started. Its file, its secrets provider and its backend
# are what `pulumi up --stack` by hand would use.
TEAM: Steps = (
    Check(),
    RefuseChoices(),
    RequireImages(),
    TeamEngine(),
    RequireStack(),
    TeamPreflight(),
    Deploy(),
    FindCluster(),
    Open(),
    SmokeTest(),
)


@dataclass(frozen=True)
class Deployed:
    """A portal that answers. ``changes`` is None where the engine has given its own account of them."""

    engine: str
    remark: str | None
    changes: Changes | None
    steps: tuple[StepTime, ...]
    seconds: float


def up_steps(plan: Plan) -> Steps:
    """The steps of a stack."""
    return TEAM if plan.target.team else LOCAL


def check_hooks(plan: Plan, file: StackFile) -> list[InputError]:
    """What is wrong with a stack's own commands. Not among the checks of a plan: the program runs none of them."""
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
