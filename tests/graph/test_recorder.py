"""Any program is recorded, as an engine would have it: what is unknown, what is secret, and whom it may ask."""

from __future__ import annotations

import sys
from collections.abc import Callable, Generator
from pathlib import Path
from typing import Any

import pulumi
import pulumi_kubernetes as kubernetes
import pytest
from pulumi.runtime import rpc
from pulumi_kubernetes.core.v1 import ConfigMap, Secret

from policies.rules import data_is_kept, secrets_stay_secret
from portal.base.errors import PortalError
from portal.graph import providers, wire
from portal.graph.model import SECRET, UNKNOWN, Graph, Resource
from portal.graph.recorder import RefusedError, record_program

# A provider that nobody has: what one file says of it is all that the recorder and the policies know.
ACME = """
from portal.graph.provider import Provider

PROVIDER = Provider(
    computed={
        "acme:sql/server:Server": {"address": "server.acme.example", "port": 5432},
        "acme:files/folder:Folder": {},
    },
    kept={"acme:sql/server:Server": {"deletionProtection": True}},
    secret={"acme:sql/server:Server": ("password",)},
)
"""


@pytest.fixture
def acme(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Generator[None]:
    """A provider added as it is done: one more file beside the others."""
    (tmp_path / "acme.py").write_text(ACME)
    monkeypatch.setattr(providers, "__path__", [*providers.__path__, str(tmp_path)])
    yield
    sys.modules.pop(f"{providers.__name__}.acme", None)


class Server(pulumi.CustomResource):
    address: pulumi.Output[str]
    port: pulumi.Output[int]

    def __init__(self, given: dict[str, Any] | None = None, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("acme:sql/server:Server", "main", {"address": None, "port": None, **(given or {})}, opts)


def only(graph: Graph, resource_type: str) -> Resource:
    (resource,) = [resource for resource in graph if resource.type == resource_type]
    return resource


def serve() -> None:
    server = Server({"size": "small"})
    pulumi.export("address", server.address)
    pulumi.export("port", server.port)
    pulumi.export("id", server.id)


@pytest.mark.usefixtures("acme")
def test_what_a_provider_computes_is_unknown_in_a_preview_and_known_afterwards() -> None:
    assert record_program(serve).outputs == {"address": UNKNOWN, "port": UNKNOWN, "id": UNKNOWN}
    known = {"address": "server.acme.example", "port": 5432, "id": "id-main"}
    assert record_program(serve, preview=False).outputs == known


@pytest.mark.usefixtures("acme")
def test_an_output_that_another_resource_takes_is_unknown_there_and_orders_the_two() -> None:
    def program() -> None:
        cluster = kubernetes.Provider("cluster")
        server = Server()
        ConfigMap("host", data={"host": server.address}, opts=pulumi.ResourceOptions(provider=cluster))

    graph = record_program(program)
    taker, server = only(graph, "kubernetes:core/v1:ConfigMap"), only(graph, "acme:sql/server:Server")
    assert taker.inputs["data"] == {"host": UNKNOWN}
    assert taker.unknown == {("data", "host")}
    assert taker.property_dependencies == {"data": (server.urn,)}


@pytest.mark.usefixtures("acme")
def test_what_the_program_says_itself_is_what_it_reads() -> None:
    def program() -> None:
        pulumi.export("address", Server({"address": "mine.acme.example"}).address)

    for preview in (True, False):
        assert record_program(program, preview=preview).outputs == {"address": "mine.acme.example"}


def make_folder() -> None:
    pulumi.CustomResource("acme:files/folder:Folder", "folder")


def test_a_provider_that_no_file_knows_is_an_error_that_names_the_file() -> None:
    with pytest.raises(PortalError, match=r"Add portal/graph/providers/acme\.py"):
        record_program(make_folder)


@pytest.mark.usefixtures("acme")
def test_a_type_that_no_table_knows_is_an_error_too() -> None:
    """Its outputs would be missing, and whoever reads one would get nothing instead of something unknown."""
    record_program(make_folder)
    with pytest.raises(PortalError, match=r"does not say what acme:sql/table:Table computes"):
        record_program(lambda: pulumi.CustomResource("acme:sql/table:Table", "table"))


def ask_a_function() -> None:
    pulumi.runtime.invoke("acme:index:getZones", {})


def ask_for_a_resource() -> None:
    ConfigMap.get("theirs", "namespace/theirs")


@pytest.mark.parametrize(
    ("ask", "words"),
    [(ask_a_function, "calls acme:index:getZones"), (ask_for_a_resource, "reads the kubernetes:core/v1:ConfigMap")],
)
def test_a_program_asks_nobody(ask: Callable[[], None], words: str) -> None:
    """What it makes would depend on the day and on who runs it, and no preview could be had without an account."""
    with pytest.raises(PortalError, match=words):
        record_program(ask)


def test_two_resources_of_one_name_are_an_error() -> None:
    def program() -> None:
        for _ in range(2):
            kubernetes.Provider("cluster")

    with pytest.raises(PortalError, match=r"::cluster twice"):
        record_program(program)


def test_a_program_that_refuses_its_input_is_quoted() -> None:
    def program() -> None:
        raise pulumi.RunError("no such size")

    with pytest.raises(RefusedError) as caught:
        record_program(program)
    assert caught.value.sentence == "no such size"


def test_a_secret_is_in_the_graph_for_the_engine_alone() -> None:
    def program() -> None:
        cluster = kubernetes.Provider("cluster")
        value = pulumi.Config().require_secret("password")
        Secret("sealed", string_data={"password": value}, opts=pulumi.ResourceOptions(provider=cluster))

    config, keys = {"portal:password": "a canary"}, ["portal:password"]
    hidden = record_program(program, config=config, secret_keys=keys)
    assert "canary" not in repr(hidden)
    assert only(hidden, "kubernetes:core/v1:Secret").inputs["stringData"] == SECRET
    shown = only(record_program(program, config=config, secret_keys=keys, reveal=True), "kubernetes:core/v1:Secret")
    assert shown.inputs["stringData"] == {"password": "a canary"}
    assert shown.secret == {("stringData",)}


def test_protection_is_inherited_from_parents() -> None:
    """As an engine does it: a rule that looked at a resource's own option alone would miss what is protected."""

    def program() -> None:
        parent = pulumi.ComponentResource("test:index:Parent", "parent", None, pulumi.ResourceOptions(protect=True))
        kubernetes.Provider("child", opts=pulumi.ResourceOptions(parent=parent))

    assert all(resource.protect for resource in record_program(program))


def test_the_wire_format_is_pulumis() -> None:
    assert rpc.UNKNOWN == wire.UNKNOWN_ON_THE_WIRE
    theirs = vars(rpc)
    assert theirs["_special_sig_key"] == wire.SIGNATURE
    assert theirs["_special_secret_sig"] == wire.SECRET_SIGNATURE
    assert theirs["_special_output_value_sig"] == wire.OUTPUT_SIGNATURE


KEPT = pulumi.ResourceOptions(protect=True, retain_on_delete=True)


@pytest.mark.usefixtures("acme")
@pytest.mark.parametrize(
    ("opts", "protection", "sentences"),
    [
        (KEPT, True, []),
        (KEPT, False, ["main: deletionProtection is not True, so its data is not kept"]),
        (pulumi.ResourceOptions(protect=True), True, ["main: would be deleted by a destroy"]),
        (pulumi.ResourceOptions(retain_on_delete=True), True, ["main: would be deleted by a destroy"]),
    ],
)
def test_data_is_kept_as_its_provider_keeps_it(
    opts: pulumi.ResourceOptions, protection: bool, sentences: list[str]
) -> None:
    graph = record_program(lambda: Server({"deletionProtection": protection}, opts))
    assert list(data_is_kept(graph)) == sentences


@pytest.mark.usefixtures("acme")
def test_secrets_stand_where_a_provider_keeps_them_and_nowhere_else() -> None:
    def sentences(**given: str) -> list[str]:
        return list(secrets_stay_secret(record_program(lambda: Server(given))))

    def sealed(**given: str) -> list[str]:
        def program() -> None:
            Server({name: pulumi.Output.secret(value) for name, value in given.items()})

        return list(secrets_stay_secret(record_program(program)))

    assert sentences() == []
    assert sealed(password="canary") == []
    assert sentences(password="canary") == ["main: password is in plain text"]
    assert sealed(size="canary") == ["main: holds a secret at ('size',)"]


@pytest.mark.parametrize(
    ("given", "answered"),
    [
        ({}, {"metadata": {"uid": "known"}}),
        ({"metadata": {"name": "a"}}, {"metadata": {"name": "a", "uid": "known"}}),
        ({"metadata": {"uid": "mine"}}, {"metadata": {"uid": "mine"}}),
        # Nothing can be put into what is unknown as a whole, or secret.
        ({"metadata": wire.UNKNOWN_ON_THE_WIRE}, {"metadata": wire.UNKNOWN_ON_THE_WIRE}),
        ({"metadata": {wire.SIGNATURE: wire.SECRET_SIGNATURE}}, {"metadata": {wire.SIGNATURE: wire.SECRET_SIGNATURE}}),
    ],
)
def test_what_is_computed_is_added_and_replaces_nothing(given: dict[str, Any], answered: dict[str, Any]) -> None:
    assert wire.with_computed(given, {"metadata.uid": "known"}, unknown=False) == answered
