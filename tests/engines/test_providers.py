"""The providers of these tests, as an engine starts and asks them: processes that answer over gRPC."""

from __future__ import annotations

import signal
from collections.abc import Generator, Mapping
from pathlib import Path
from typing import Any

import grpc
import pytest
from google.protobuf import empty_pb2
from pulumi.runtime.proto import plugin_pb2, provider_pb2

from portal.graph.wire import SECRET_SIGNATURE, SIGNATURE, UNKNOWN_ON_THE_WIRE
from tests.engines.journal import fingerprint, read
from tests.engines.plugins import PACKAGES, Plugin, write_plugins
from tests.engines.providers.servicer import struct, values

Plugins = Mapping[str, Plugin]
DATABASE = "urn:pulumi:prod::portal::portal:database:RdsDatabase$aws:rds/instance:Instance::server"
SECRET = "urn:pulumi:prod::portal::kubernetes:core/v1:Secret::secrets"
HIDDEN = {SIGNATURE: SECRET_SIGNATURE, "value": "a canary"}


@pytest.fixture(scope="module")
def journal(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("providers") / "journal.jsonl"


@pytest.fixture(scope="module")
def plugins(journal: Path) -> Generator[Plugins]:
    folders = write_plugins(journal.parent / "plugins", journal)
    started = {package: Plugin(folder) for package, folder in folders.items()}
    yield started
    for plugin in started.values():
        plugin.end()


def created(plugin: Plugin, urn: str, inputs: Mapping[str, Any], *, preview: bool = False) -> Any:
    return plugin.stub.Create(provider_pb2.CreateRequest(urn=urn, properties=struct(inputs), preview=preview))


def diff(plugin: Plugin, urn: str, old: Mapping[str, Any], new: Mapping[str, Any]) -> Any:
    olds = struct(old)
    return plugin.stub.Diff(provider_pb2.DiffRequest(urn=urn, id="i", olds=olds, old_inputs=olds, news=struct(new)))


@pytest.mark.parametrize("package", PACKAGES)
def test_it_is_there_as_engines_need_it(package: str, plugins: Plugins) -> None:
    stub = plugins[package].stub
    assert stub.Handshake(provider_pb2.ProviderHandshakeRequest()).accept_secrets
    stub.Attach(plugin_pb2.PluginAttach(address="127.0.0.1:1"))
    assert stub.GetPluginInfo(empty_pb2.Empty()).version.count(".") == 2
    assert f'"name": "{package}"' in stub.GetSchema(provider_pb2.GetSchemaRequest()).schema
    urn, inputs = f"urn:pulumi:prod::portal::pulumi:providers:{package}::{package}", struct({"region": "eu-central-1"})
    assert stub.CheckConfig(provider_pb2.CheckRequest(urn=urn, news=inputs)).inputs == inputs
    answer = stub.Configure(provider_pb2.ConfigureRequest(urn=urn, args=inputs))
    assert answer.acceptSecrets
    assert answer.supportsPreview
    assert stub.Cancel(empty_pb2.Empty()) == empty_pb2.Empty()


def test_it_computes_what_the_recorder_computes_and_nothing_in_a_preview(plugins: Plugins) -> None:
    made, shown = (
        created(plugins["aws"], DATABASE, {"engine": "postgres"}, preview=preview) for preview in (False, True)
    )
    assert made.id.startswith("server-")
    assert values(made.properties)["endpoint"].endswith(":5432")
    assert shown.id == ""
    assert values(shown.properties)["endpoint"] == UNKNOWN_ON_THE_WIRE
    assert values(shown.properties)["engine"] == "postgres"


def test_a_secret_stays_one_and_is_written_down_by_its_fingerprint_only(plugins: Plugins, journal: Path) -> None:
    inputs = {"metadata": {"name": "a"}, "stringData": {"password": HIDDEN}}
    made = created(plugins["kubernetes"], SECRET, inputs)
    assert values(made.properties)["stringData"] == {"password": HIDDEN}
    assert values(made.properties)["metadata"]["uid"] == "known-uid"
    assert fingerprint("a canary") in {text for entry in read(journal) for text in entry.secrets}
    assert "canary" not in journal.read_text()


@pytest.mark.parametrize(
    ("package", "urn", "old", "new", "replaced"),
    [
        ("aws", DATABASE, {"kmsKeyId": "a"}, {"kmsKeyId": "b"}, ["kmsKeyId"]),
        ("aws", DATABASE, {"instanceClass": "a"}, {"instanceClass": "b"}, []),
        ("kubernetes", SECRET, {"stringData": {"a": HIDDEN}}, {"stringData": {"a": "another"}}, ["stringData"]),
        ("kubernetes", SECRET, {"metadata": {"name": "a"}}, {"metadata": {"name": "b"}}, ["metadata"]),
        ("kubernetes", SECRET, {"metadata": {"labels": {"a": "a"}}}, {"metadata": {"labels": {}}}, []),
    ],
)
def test_a_change_replaces_what_the_tables_say(
    package: str, urn: str, old: Mapping[str, Any], new: Mapping[str, Any], replaced: list[str], plugins: Plugins
) -> None:
    found = diff(plugins[package], urn, old, new)
    assert (found.changes, list(found.replaces)) == (found.DIFF_SOME, replaced)
    assert list(found.diffs) == list(old)
    same = diff(plugins[package], urn, old, old)
    assert (same.changes, list(same.replaces)) == (same.DIFF_NONE, [])


def test_another_cluster_replaces_its_provider_and_another_kubeconfig_does_not(plugins: Plugins) -> None:
    def asked(old: Mapping[str, Any], new: Mapping[str, Any]) -> Any:
        urn = "urn:pulumi:prod::portal::pulumi:providers:kubernetes::cluster"
        request = provider_pb2.DiffRequest(urn=urn, old_inputs=struct(old), news=struct(new))
        return plugins["kubernetes"].stub.DiffConfig(request)

    assert list(asked({"clusterIdentifier": "a"}, {"clusterIdentifier": "b"}).replaces) == ["clusterIdentifier"]
    assert asked({"clusterIdentifier": "a"}, {"clusterIdentifier": "a"}).changes == provider_pb2.DiffResponse.DIFF_NONE


def test_a_type_that_no_table_knows_is_refused(plugins: Plugins) -> None:
    urn = "urn:pulumi:prod::portal::aws:sqs/queue:Queue::queue"
    answer = plugins["aws"].stub.Check(provider_pb2.CheckRequest(urn=urn, news=struct({})))
    assert "does not say what aws:sqs/queue:Queue computes" in answer.failures[0].reason


def test_the_rest_of_a_life(plugins: Plugins, journal: Path) -> None:
    stub, inputs = plugins["aws"].stub, struct({"engine": "postgres"})
    checked = stub.Check(provider_pb2.CheckRequest(urn=DATABASE, news=inputs))
    assert (checked.inputs, list(checked.failures)) == (inputs, [])
    found = stub.Read(provider_pb2.ReadRequest(id="server-1", urn=DATABASE, properties=inputs, inputs=inputs))
    assert (found.id, found.inputs, found.properties) == ("server-1", inputs, inputs)
    changed = stub.Update(provider_pb2.UpdateRequest(id="server-1", urn=DATABASE, olds=inputs, news=inputs))
    assert values(changed.properties)["engine"] == "postgres"
    stub.Delete(provider_pb2.DeleteRequest(id="server-1", urn=DATABASE, properties=inputs))
    assert [(entry.call, entry.ended) for entry in read(journal)][-4:] == [
        ("Update", False),
        ("Update", True),
        ("Delete", False),
        ("Delete", True),
    ]


def test_a_question_is_refused(plugins: Plugins) -> None:
    request = provider_pb2.InvokeRequest(tok="aws:index/getRegion:getRegion", args=struct({}))
    with pytest.raises(grpc.RpcError, match="no program of a portal asks a cloud"):
        plugins["aws"].stub.Invoke(request)


def test_it_ends_when_an_engine_interrupts_it(tmp_path: Path) -> None:
    plugin = Plugin(write_plugins(tmp_path, tmp_path / "journal.jsonl")["aws"])
    plugin.process.send_signal(signal.SIGINT)
    assert plugin.process.wait(30) == 0
    plugin.end()
