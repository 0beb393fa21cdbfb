"""What is only for a cluster of our own is refused in another one, before anything is built."""

from __future__ import annotations

import pytest

from portal.base.checkout import Checkout
from portal.base.errors import InputError
from portal.deploy.context_cluster import ContextCluster
from portal.deploy.steps.check_cluster import CheckCluster
from portal.models.cluster import Cluster, Namespace
from tests.support.deployments import WrittenDown, deployment_of


def test_guests_in_a_cluster_that_the_command_line_names_are_refused(checkout: Checkout) -> None:
    deployment = deployment_of(checkout)
    deployment.give(ContextCluster(checkout, Cluster(context="theirs"), "http://localhost:7007", "local", Namespace()))
    with pytest.raises(InputError, match="guest lets anyone in, and others have pods in its cluster"):
        CheckCluster().run(deployment)


def test_a_cluster_of_our_own_is_not_checked_again(checkout: Checkout) -> None:
    deployment = deployment_of(checkout)
    deployment.give(WrittenDown(checkout))
    CheckCluster().run(deployment)
