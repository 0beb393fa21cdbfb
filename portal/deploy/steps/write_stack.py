"""Step: write the local files of a local stack."""

from __future__ import annotations

from portal.deploy.cluster import LocalCluster, RunningCluster
from portal.deploy.deployment import Deployment
from portal.deploy.engine import DeployEngine
from portal.deploy.stack_record import StackRecord, write_stack_record
from portal.deploy.step import Step
from portal.stackfile.generated import write_generated_stack


class WriteStack(Step):
    """Record engine and cluster, and write the stack file with the generated secrets and the cluster's settings.

    Runs before the first object is applied, so that ``down`` can clean up after an ``up`` that failed halfway.
    """

    name = "write-stack"

    def run(self, deployment: Deployment) -> None:
        """See the class."""
        checkout, stack, cluster = deployment.checkout, deployment.plan.stack, deployment.get(LocalCluster)
        context, kubeconfig = (cluster.named.context, cluster.named.kubeconfig) if cluster.named else (None, None)
        record = StackRecord(deployment.get(DeployEngine).name, cluster.id, context, kubeconfig)
        write_stack_record(checkout, stack, record)
        write_generated_stack(checkout, deployment.file, deployment.get(RunningCluster).settings)
