"""A cluster whose nodes are AWS's work, into which nobody comes who is not named."""

from __future__ import annotations

import json
from typing import Any

import pytest

from components.cluster.eks import EksCluster, EksClusterArgs, EksName
from components.cluster.eks_access import GroupMembers, GroupMembersArgs
from portal.aws.kubeconfig import EksAddress
from portal.graph.model import UNKNOWN, Graph, Resource
from tests.components.aws import ACCOUNT, KEY, REGION, of_type, recorded_on_aws, statements, the, waits_for

ADMINISTRATOR = f"arn:aws:iam::{ACCOUNT}:role/platform"


def kubeconfig(address: EksAddress) -> str:
    return json.dumps([address.name, address.endpoint, address.authority, address.region])


def graph_of(*, preview: bool = False, **given: Any) -> Graph:
    values: dict[str, Any] = {
        "name": EksName(cluster="acme", label="foundation", account=ACCOUNT, region=REGION),
        "version": "1.35",
        "support": "EXTENDED",
        "subnet_ids": ["subnet-a", "subnet-b", "subnet-c"],
        "service_cidr": "172.20.0.0/16",
        "administrators": {"platform": ADMINISTRATOR},
        "key_arn": KEY,
        "retention_days": 365,
        "kubeconfig": kubeconfig,
        **given,
    }
    args = EksClusterArgs(**values)
    return recorded_on_aws(lambda opts: EksCluster("eks", args, opts), preview=preview)


def cluster_of(graph: Graph) -> dict[str, Any]:
    return dict(the(graph, "Cluster").inputs)


def kubernetes_provider(graph: Graph) -> Resource:
    (found,) = [one for one in graph if one.type == "pulumi:providers:kubernetes"]
    return found


def test_the_three_switches_of_auto_mode_are_on_together() -> None:
    """EKS refuses any other combination, and later changes of the node role replace the cluster."""
    cluster = cluster_of(graph_of())
    assert cluster["computeConfig"]["enabled"] is True
    assert cluster["storageConfig"]["blockStorage"]["enabled"] is True
    assert cluster["kubernetesNetworkConfig"]["elasticLoadBalancing"]["enabled"] is True
    assert cluster["bootstrapSelfManagedAddons"] is False
    assert cluster["computeConfig"]["nodeRoleArn"]


def test_whoever_makes_it_has_no_rights_in_it() -> None:
    access = cluster_of(graph_of())["accessConfig"]
    assert access == {"authenticationMode": "API", "bootstrapClusterCreatorAdminPermissions": False}


def test_the_cluster_outlives_its_roles_policies() -> None:
    """Otherwise EKS has no rights to delete its security groups when the cluster goes."""
    graph = graph_of()
    attached = of_type(graph, "RolePolicyAttachment")
    assert {one.inputs["policyArn"].removeprefix("arn:aws:iam::aws:policy/") for one in attached} == {
        "AmazonEKSBlockStoragePolicy",
        "AmazonEKSClusterPolicy",
        "AmazonEKSComputePolicy",
        "AmazonEKSLoadBalancingPolicy",
        "AmazonEKSNetworkingPolicy",
        "AmazonEC2ContainerRegistryPullOnly",
        "AmazonEKSWorkerNodeMinimalPolicy",
    }
    assert [one.name for one in attached if not waits_for(graph, the(graph, "Cluster"), one)] == []


def test_only_the_services_have_the_roles() -> None:
    graph = graph_of()
    of_cluster = statements(the(graph, "Role", "cluster-role").inputs["assumeRolePolicy"])["only"]
    assert of_cluster["Principal"] == {"Service": "eks.amazonaws.com"}
    assert of_cluster["Action"] == ["sts:AssumeRole", "sts:TagSession"]
    of_nodes = statements(the(graph, "Role", "node-role").inputs["assumeRolePolicy"])["only"]
    assert (of_nodes["Principal"], of_nodes["Action"]) == ({"Service": "ec2.amazonaws.com"}, ["sts:AssumeRole"])


def test_everything_is_logged_in_a_group_that_is_there_first() -> None:
    """EKS makes the group otherwise: without a key, and for ever."""
    graph = graph_of()
    group = the(graph, "LogGroup")
    assert group.inputs["name"] == "/aws/eks/acme/cluster"
    assert (group.inputs["kmsKeyId"], group.inputs["retentionInDays"]) == (KEY, 365)
    assert waits_for(graph, the(graph, "Cluster"), group)
    kinds = ["api", "audit", "authenticator", "controllerManager", "scheduler"]
    assert sorted(cluster_of(graph)["enabledClusterLogTypes"]) == kinds


def test_secrets_are_encrypted_with_the_key() -> None:
    assert cluster_of(graph_of())["encryptionConfig"] == {"provider": {"keyArn": KEY}, "resources": ["secrets"]}


def test_nobody_reaches_the_api_over_the_internet_unless_named() -> None:
    private = cluster_of(graph_of())["vpcConfig"]
    assert (private["endpointPrivateAccess"], private["endpointPublicAccess"]) == (True, False)
    assert "publicAccessCidrs" not in private
    opened = cluster_of(graph_of(public_access=("203.0.113.0/24",)))["vpcConfig"]
    assert (opened["endpointPublicAccess"], opened["publicAccessCidrs"]) == (True, ["203.0.113.0/24"])


@pytest.mark.parametrize("keep", [True, False])
def test_it_is_protected_twice_unless_it_is_not_to_be_kept(keep: bool) -> None:
    cluster = the(graph_of(keep=keep), "Cluster")
    assert (cluster.protect, cluster.inputs["deletionProtection"]) == (keep, keep)


def test_an_unknown_endpoint_replaces_nothing() -> None:
    """The provider replaces all objects in the cluster when the identifier changes or is not known."""
    preview = kubernetes_provider(graph_of(preview=True))
    assert preview.inputs["clusterIdentifier"] == f"arn:aws:eks:{REGION}:{ACCOUNT}:cluster/acme"
    assert preview.inputs["kubeconfig"] == UNKNOWN
    known = kubernetes_provider(graph_of())
    assert known.inputs["clusterIdentifier"] == preview.inputs["clusterIdentifier"]
    name, endpoint, authority, region = json.loads(known.inputs["kubeconfig"])
    assert (name, region) == ("acme", REGION)
    assert endpoint.startswith("https://")
    assert authority


def test_nothing_is_made_in_the_cluster_before_there_are_rights() -> None:
    graph = graph_of()
    association = the(graph, "AccessPolicyAssociation")
    assert waits_for(graph, kubernetes_provider(graph), association)
    assert association.inputs["principalArn"] == ADMINISTRATOR
    assert waits_for(graph, association, the(graph, "AccessEntry"))


def test_members_of_a_group_have_the_rights_of_the_group_alone() -> None:
    args = GroupMembersArgs(cluster="acme", principals={"prod": ADMINISTRATOR}, groups=["portal-deployers"])
    graph = recorded_on_aws(lambda opts: GroupMembers("access", args, opts))
    assert the(graph, "AccessEntry").inputs["kubernetesGroups"] == ["portal-deployers"]
    assert of_type(graph, "AccessPolicyAssociation") == []


def test_a_preview_has_the_same_resources() -> None:
    assert graph_of(preview=True).resources.keys() == graph_of().resources.keys()
