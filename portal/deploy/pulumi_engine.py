"""Pulumi's own engine, with local state for a local stack and the team's backend for a team stack."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar

from portal.base.progress import Progress
from portal.deploy.cluster import RunningCluster
from portal.deploy.deployment import Deployment
from portal.deploy.engine import DeployEngine, EngineUnavailableError, LocalEngine
from portal.deploy.last_apply import Versions, last_apply, write_last_apply
from portal.deploy.pulumi_cli import (
    PulumiCli,
    local_stack_environment,
    make_home,
    pulumi_program,
    team_stack_environment,
)
from portal.deploy.pulumi_download import DownloadError, download_pulumi
from portal.deploy.pulumi_plugin import provide_plugin
from portal.deploy.rollout_guard import RolloutGuard
from portal.kubernetes.api import ClusterApi
from portal.kubernetes.kubeconfig_file import cluster_api
from portal.kubernetes.ownership import own_selector
from portal.kubernetes.rollout import Rollout
from portal.preflight.run import fitted_before

PULUMI = "pulumi"


@dataclass(frozen=True)
class LocalPulumi(LocalEngine):
    """The CLI with a backend, a passphrase, and a stack file under ``.portal/``. Asks nothing."""

    name: ClassVar[str] = PULUMI
    replaces: ClassVar[bool] = True

    cli: PulumiCli

    @classmethod
    def obtain(cls, deployment: Deployment) -> LocalPulumi:
        """With the CLI of the PATH or of our cache, else one that is downloaded."""
        checkout, stack = deployment.checkout, deployment.plan.stack
        environment = local_stack_environment(checkout, stack)
        return cls(PulumiCli(pulumi(deployment.progress), checkout, stack, environment))

    @classmethod
    def recall(cls, deployment: Deployment) -> LocalPulumi | None:
        """The same without a download."""
        return cls.obtain(deployment) if pulumi_program() is not None else None

    def accepted_before(self, deployment: Deployment) -> bool:
        """See the base class. The CLI runs the program, with its checks, whatever this says."""
        plan, checkout = deployment.plan, deployment.checkout
        api = deployment.get(RunningCluster).kubectl.api
        return last_apply(checkout, plan.stack) is not None and fitted_before(api, plan, checkout)

    def deploy(self, deployment: Deployment) -> None:
        """``pulumi up``, which prints the changes itself."""
        make_home(deployment.checkout)
        provide_plugin(self.cli, deployment.progress)
        api = deployment.get(RunningCluster).kubectl.api
        self.cli.deploy(interactive=deployment.terminal, guard=_guard(deployment, api, old_pods=True))
        # The versions of the objects are in the CLI's state.
        write_last_apply(deployment.checkout, deployment.plan.stack, Versions())

    def remove(self) -> None:
        """``pulumi destroy`` of what is not protected."""
        self.cli.remove()

    def forget(self) -> None:
        """``pulumi stack rm``."""
        self.cli.forget()


@dataclass(frozen=True)
class TeamPulumi(DeployEngine):
    """The CLI as a user would run it. The backend, secrets provider, and passphrase come from the shell and the file.

    On a terminal, it shows the preview and asks. Otherwise it proceeds without asking. No other engine replaces it.
    """

    name: ClassVar[str] = PULUMI
    replaces: ClassVar[bool] = True

    cli: PulumiCli

    @classmethod
    def obtain(cls, deployment: Deployment) -> TeamPulumi:
        """With the CLI of the PATH or of our cache, else one that is downloaded."""
        environment = team_stack_environment()
        return cls(PulumiCli(pulumi(deployment.progress), deployment.checkout, deployment.plan.stack, environment))

    def deploy(self, deployment: Deployment) -> None:
        """``pulumi up``."""
        named = deployment.plan.target.cluster(deployment.plan.settings)
        api = cluster_api(named, deployment.checkout) if named is not None else None
        guard = _guard(deployment, api, old_pods=False) if api is not None else None
        self.cli.up(interactive=deployment.attended, guard=guard)

    def destroy(self, deployment: Deployment) -> None:
        """``pulumi destroy`` of what is not protected."""
        self.cli.destroy(interactive=deployment.attended)


def _guard(deployment: Deployment, api: ClusterApi, *, old_pods: bool) -> RolloutGuard:
    rollout = Rollout(api, deployment.plan.settings.namespace.name, own_selector(deployment.plan.stack))
    return RolloutGuard(rollout, deployment.progress.note, old_pods=old_pods)


def pulumi(progress: Progress) -> Path:
    """The CLI of the PATH or of our cache, else one that is downloaded. EngineUnavailableError if it cannot be had."""
    try:
        return pulumi_program() or download_pulumi(progress)
    except DownloadError as error:
        raise EngineUnavailableError(
            f"No Pulumi CLI: {error}",
            f"there is no pulumi on the PATH, and it cannot be downloaded ({error})",
            "install it (https://www.pulumi.com/docs/install), or let this machine reach https://get.pulumi.com",
        ) from error
