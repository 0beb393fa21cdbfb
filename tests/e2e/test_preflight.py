"""What is looked at before anything is applied, on a running node: every refusal is one sentence, and leaves nothing.

The portal has to be up: its images and its namespace are what is tried with. Everything else lies in namespaces of
these tests' own.
"""

from __future__ import annotations

import base64
import json
from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from portal.base.errors import InputError
from portal.base.process import output
from portal.deploy.stack_record import forget
from portal.kubernetes.kubectl import Kubectl
from portal.plan import Plan, load_plan
from portal.preflight.namespaces import check_identity, check_namespace
from portal.preflight.requirements import GraphRequirements
from portal.preflight.run import cluster_findings
from portal.preflight.snapshot import read_identity, take_snapshot
from tests.e2e.conftest import Workplace
from tests.e2e.preflight_namespace import OWN, edited, moved, namespace, requirements_elsewhere

pytestmark = pytest.mark.e2e

FEW = "preflight-few"


@pytest.fixture(scope="module")
def plan(workplace: Workplace) -> Plan:
    return load_plan(workplace.checkout, "local")


@pytest.fixture(scope="module")
def requirements(workplace: Workplace) -> GraphRequirements:
    return requirements_elsewhere(workplace)


def said(requirements: GraphRequirements, plan: Plan, kubectl: Kubectl) -> list[str]:
    """What is wrong, but for the stack's own data in the portal's namespace, which is refused before anything else."""
    identity = read_identity(kubectl.api, requirements.namespace)
    snapshot = take_snapshot(kubectl.api, requirements, identity)
    found = [
        *check_namespace(requirements, identity, plan.where),
        *cluster_findings(requirements, replace(snapshot, homes=frozenset()), plan),
    ]
    return [error.sentence for error in found]


def test_a_graph_fits_into_the_node(workplace: Workplace, requirements: GraphRequirements, plan: Plan) -> None:
    assert said(requirements, plan, workplace.kubectl) == []


def test_a_stack_that_has_its_data_elsewhere_is_refused(
    workplace: Workplace, requirements: GraphRequirements, plan: Plan
) -> None:
    identity = read_identity(workplace.kubectl.api, requirements.namespace)
    (error,) = cluster_findings(requirements, take_snapshot(workplace.kubectl.api, requirements, identity), plan)
    assert "this cluster has the data of a stack local in portal" in error.sentence


def test_what_the_cluster_does_not_have_is_named(
    workplace: Workplace, requirements: GraphRequirements, plan: Plan
) -> None:
    """All at once: a storage class, an Ingress class, the Gateway API, a pull secret, a priority class."""

    def ask_for_more(item: Any) -> None:
        item["spec"]["template"]["spec"] |= {"imagePullSecrets": [{"name": "mirror"}], "priorityClassName": "vip"}

    claimed = edited(requirements, "PersistentVolumeClaim", lambda claim: claim["spec"].update(storageClassName="fast"))
    rich = edited(claimed, "Deployment", ask_for_more)
    place = {"name": "backstage", "namespace": requirements.namespace}
    ingress = {"apiVersion": "networking.k8s.io/v1", "kind": "Ingress", "metadata": place}
    route = {"apiVersion": "gateway.networking.k8s.io/v1", "kind": "HTTPRoute", "metadata": place}
    backend = {"service": {"name": "backstage", "port": {"name": "http"}}}
    spec = {"ingressClassName": "nginx", "defaultBackend": backend}
    more = ({**ingress, "spec": spec}, {**route, "spec": {"parentRefs": [{"name": "edge", "namespace": "edge"}]}})
    classes = [item["metadata"]["name"] for item in workplace.kubectl.read("storageclasses")["items"]]
    assert classes == ["local-path" if workplace.cluster == "node" else "standard"]
    sentences = "\n".join(said(GraphRequirements("local", (*rich.objects, *more)), plan, workplace.kubectl))
    for word in (
        'portal:database.storageClass: got "fast", expected a storage class of the cluster',
        f"({', '.join(classes)})",
        'portal:ingress.class: got "nginx"',
        "portal:gateway needs HTTPRoute",
        'portal:images.pullSecret: got "mirror", expected a Secret that exists in namespace',
        'portal:scheduling.priorityClass: got "vip"',
    ):
        assert word in sentences
    assert len(sentences.splitlines()) == 5


def test_a_namespace_of_somebody_else_is_refused(
    workplace: Workplace, requirements: GraphRequirements, plan: Plan
) -> None:
    with namespace(workplace.kubectl, OWN):
        (sentence,) = said(requirements, plan, workplace.kubectl)
        assert "exists and was not made by this stack" in sentence
        # Found instead of made, it is taken.
        assert said(edited_away(requirements, "Namespace"), plan, workplace.kubectl) == []
    with namespace(
        workplace.kubectl,
        OWN,
        **{"app.kubernetes.io/managed-by": "portal", "app.kubernetes.io/instance": "other"},
    ):
        (sentence,) = said(requirements, plan, workplace.kubectl)
        assert "which belongs to the stack other" in sentence
    (sentence,) = said(edited_away(requirements, "Namespace"), plan, workplace.kubectl)
    assert "which the cluster does not have" in sentence


def edited_away(requirements: GraphRequirements, kind: str) -> GraphRequirements:
    return GraphRequirements(requirements.stack, tuple(item for item in requirements.objects if item["kind"] != kind))


def test_a_quota_that_is_too_small_is_refused(
    workplace: Workplace, requirements: GraphRequirements, plan: Plan
) -> None:
    found = edited_away(requirements, "Namespace")
    quota = {"apiVersion": "v1", "kind": "ResourceQuota", "metadata": {"name": "team"}}
    enough = {"limits.memory": "3584Mi", "pods": "3", "requests.cpu": "600m"}
    with namespace(workplace.kubectl, OWN, {**quota, "spec": {"hard": enough}}):
        assert said(found, plan, workplace.kubectl) == []
    with namespace(workplace.kubectl, OWN, {**quota, "spec": {"hard": {**enough, "limits.memory": "3Gi", "pods": 2}}}):
        (sentence,) = said(found, plan, workplace.kubectl)
        assert "limits.memory: 3584Mi needed, 3Gi of 3Gi left; pods: 3 needed, 2 of 2 left" in sentence


def test_what_pod_security_and_limits_would_refuse_is_told(
    workplace: Workplace, requirements: GraphRequirements, plan: Plan
) -> None:
    """Our pods meet `restricted`, so one is made that does not; and a limit that is lower than what it asks for."""
    found = edited_away(requirements, "Namespace")
    with namespace(workplace.kubectl, OWN, **{"pod-security.kubernetes.io/enforce": "restricted"}):
        assert said(found, plan, workplace.kubectl) == []
        lax = edited(found, "Deployment", lambda item: item["spec"]["template"]["spec"].update(hostNetwork=True))
        (sentence,) = said(lax, plan, workplace.kubectl)
        assert "violates PodSecurity" in sentence
        assert "host namespaces" in sentence
    limit = {"apiVersion": "v1", "kind": "LimitRange", "metadata": {"name": "small"}}
    most = {"limits": [{"type": "Container", "max": {"memory": "1Gi"}}]}
    with namespace(workplace.kubectl, OWN, {**limit, "spec": most}):
        (sentence,) = said(found, plan, workplace.kubectl)
        assert "maximum memory usage per Container is 1Gi" in sentence


def test_missing_rights_are_named(
    workplace: Workplace, requirements: GraphRequirements, plan: Plan, tmp_path: Path
) -> None:
    account = {"apiVersion": "v1", "kind": "ServiceAccount", "metadata": {"name": "few"}}
    role = {
        "apiVersion": "rbac.authorization.k8s.io/v1",
        "kind": "Role",
        "metadata": {"name": "few"},
        "rules": [{"apiGroups": [""], "resources": ["services", "configmaps"], "verbs": ["*"]}],
    }
    binding = {
        "apiVersion": "rbac.authorization.k8s.io/v1",
        "kind": "RoleBinding",
        "metadata": {"name": "few"},
        "roleRef": {"apiGroup": "rbac.authorization.k8s.io", "kind": "Role", "name": "few"},
        "subjects": [{"kind": "ServiceAccount", "name": "few", "namespace": FEW}],
    }
    inside = moved(requirements, FEW)
    with namespace(workplace.kubectl, FEW, account, role, binding):
        token = output(workplace.kubectl.command("create", "token", "few", f"--namespace={FEW}")).strip()
        few = as_user(workplace.kubectl, tmp_path, {"token": token})
        sentence = said(edited_away(inside, "Namespace"), plan, few)[0]
    kinds = "deployments.apps, jobs.batch, networkpolicies.networking.k8s.io"
    assert f"create, delete, get, list, patch, watch {kinds}" in sentence
    assert "services" not in sentence.replace("serviceaccounts", "")
    assert "clusterroles.rbac.authorization.k8s.io in the whole cluster" in sentence


def as_user(kubectl: Kubectl, folder: Path, user: Mapping[str, str]) -> Kubectl:
    """The same cluster with other credentials."""
    words = kubectl.command("config", "view", "--raw", "--flatten", "--output=json")
    known: dict[str, Any] = json.loads(output(words))
    config: dict[str, Any] = {**known, "users": [{"name": "admin", "user": user}]}
    config["contexts"] = [{**entry, "context": {**entry["context"], "user": "admin"}} for entry in config["contexts"]]
    file = folder / "kubeconfig"
    file.write_text(json.dumps(config))
    return Kubectl(kubectl.program, kubectl.context, file, folder)


def test_credentials_that_expired_or_are_wrong_are_one_sentence(workplace: Workplace, tmp_path: Path) -> None:
    workplace.require(cluster="node", why="its authority's key is at hand")
    expired = {key: base64.b64encode(value).decode() for key, value in expired_certificate(workplace).items()}
    for user in (expired, {"token": "nonsense"}):
        with pytest.raises(InputError, match="rejects the credentials in the kubeconfig") as caught:
            read_identity(as_user(workplace.kubectl, tmp_path, user).api, "portal")
        assert "\n" not in caught.value.sentence
        assert "nonsense" not in caught.value.sentence


def expired_certificate(workplace: Workplace) -> dict[str, bytes]:
    """An administrator's certificate, signed by the cluster's own authority, that ended yesterday."""
    pki = workplace.checkout.node / "pki"
    authority = x509.load_pem_x509_certificate((pki / "ca.crt").read_bytes())
    signer = serialization.load_pem_private_key((pki / "ca.key").read_bytes(), None)
    key = ec.generate_private_key(ec.SECP256R1())
    now = datetime.now(UTC)
    subject = [(NameOID.COMMON_NAME, "late"), (NameOID.ORGANIZATION_NAME, "system:masters")]
    certificate = (
        x509.CertificateBuilder()
        .subject_name(x509.Name([x509.NameAttribute(oid, text) for oid, text in subject]))
        .issuer_name(authority.subject)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(days=2))
        .not_valid_after(now - timedelta(days=1))
        .sign(signer, hashes.SHA256())  # pyright: ignore[reportArgumentType] - the node's own key
    )
    plain = serialization.NoEncryption()
    return {
        "client-certificate-data": certificate.public_bytes(serialization.Encoding.PEM),
        "client-key-data": key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, plain),
    }


def test_another_cluster_than_the_stacks_is_refused(workplace: Workplace, plan: Plan) -> None:
    identity = read_identity(workplace.kubectl.api, "portal")
    assert list(check_identity(identity, identity.uid, plan.where)) == []
    (error,) = check_identity(identity, "00000000-0000-0000-0000-000000000000", plan.where)
    assert "another cluster than the one that has this stack" in error.sentence


def test_check_asks_the_cluster_when_it_is_told_to(workplace: Workplace) -> None:
    assert "No findings" in workplace.portal("check", "--cluster").said


def test_nothing_is_applied_where_something_is_wrong(workplace: Workplace) -> None:
    """`portal up` itself: a namespace that is somebody else's stays as it is."""
    file = workplace.checkout.stack_file("third")
    local = workplace.checkout.stack_file("local").read_text()
    here = f"{{context: {workplace.kubectl.context}, kubeconfig: .portal/cluster/kubeconfig}}"
    other = "portal:url: http://localhost:7027"
    with namespace(workplace.kubectl, "preflight-theirs"):
        try:
            file.write_text(
                local.replace(
                    "portal:url: http://localhost:7007",
                    f"{other}\n  portal:namespace: preflight-theirs\n  portal:cluster: {here}",
                )
            )
            ended = workplace.portal("up", "--stack", "third", expected=2)
            assert "preflight-theirs, which exists and was not made by this stack" in ended.said
            found = workplace.kubectl.read("deployments,services,secrets", "--namespace=preflight-theirs")["items"]
            assert found == []
        finally:
            file.unlink()
            forget(workplace.checkout, "third")
