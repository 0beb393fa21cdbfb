"""Run a team's own commands before and after the steps of a deployment, and check that those steps exist."""

from __future__ import annotations

from collections.abc import Collection, Iterator

from portal.base.child_environment import whole_environment
from portal.base.errors import InputError, PortalError, SituationError
from portal.base.process import run
from portal.deploy.deployment import Deployment
from portal.models.hooks import Hooks
from portal.plan import Plan
from portal.stackfile.read import StackFile, has_secret

HOOKS_KEY = "portal:hooks"


def run_hooks(place: str, deployment: Deployment) -> bool:
    """Run the commands of a place one after another. False if it has none.

    They run in the checkout's folder, with the shell's environment and four more variables. None of these holds a
    secret of the stack. Their output is shown. The first failure ends the deployment.
    """
    plan, progress = deployment.plan, deployment.progress
    commands = plan.settings.hooks.commands(place)
    environment = {
        "PORTAL_STACK": plan.stack,
        "PORTAL_URL": plan.settings.url,
        "PORTAL_RELEASE": plan.release.id,
        "PORTAL_HOOK": place,
    }
    for words in commands:
        with progress.phase(f"{place}: {' '.join(words)}") as phase:

            def show(line: str) -> None:
                phase.update(line)
                progress.note(f"  {line}")

            try:
                run(words, cwd=deployment.checkout.root, environment=whole_environment(environment), on_line=show)
            except PortalError as error:
                raise PortalError(f"{HOOKS_KEY}.{place}: {error}") from error
    return bool(commands)


def hook_findings(plan: Plan, file: StackFile, names: Collection[str]) -> Iterator[InputError]:
    """The errors in a stack's hooks. ``names`` are the steps of this stack's deployments."""
    offered = [place for place in Hooks.offered() if place.partition("-")[2] in names]
    for place in plan.settings.hooks.places:
        if place not in offered:
            yield SituationError(
                f"`{HOOKS_KEY}.{place}` would never run: this stack's deployments have no such step",
                f"move its commands to one of {', '.join(offered)}",
                where=plan.where(("hooks", place)),
            )
    if has_secret(file.values.get(HOOKS_KEY)):
        yield SituationError(
            f"`{HOOKS_KEY}` holds an encrypted value, and hooks get no secret of the stack",
            "let the command read it from where you keep secrets",
            where=plan.where(("hooks",)),
        )
