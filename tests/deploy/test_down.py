"""What is stopped or deleted is what belongs to the stack, and nothing of another."""

from __future__ import annotations

import errno
import os
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from portal.base.checkout import Checkout
from portal.base.errors import InputError, PortalError
from portal.deploy.down import DELETE, STOP, down
from portal.deploy.last_apply import Versions, last_apply, write_last_apply
from portal.deploy.run_steps import run_steps
from portal.deploy.stack_record import StackRecord, forget, recorded_stacks, stack_record, write_stack_record
from portal.deploy.step import Steps
from portal.preflight.preflight_record import PreflightRecord, accept, accepted
from portal.release.images import built_images
from tests.support.deployments import Elsewhere, EngineOfATest, WrittenDown, deployment_of, gives, replaced


def steps_in(steps: Steps, cluster: WrittenDown, engine: EngineOfATest) -> Steps:
    """A list with the cluster and the engine of a test."""
    given = {
        "choose-cluster": gives("choose-cluster", cluster),
        "recall-engine": gives("recall-engine", engine),
    }
    return replaced(steps, given)


def two_stacks(checkout: Checkout) -> None:
    shutil.copyfile(checkout.stack_file("local"), checkout.stack_file("second"))
    write_stack_record(checkout, "local", StackRecord("kubectl", "node"))
    write_stack_record(checkout, "second", StackRecord("kubectl", "context", "portal"))


def test_a_cluster_of_our_own_is_stopped_and_left_to_its_engine(checkout: Checkout) -> None:
    cluster, engine = WrittenDown(checkout), EngineOfATest()
    run_steps(steps_in(STOP, cluster, engine), deployment_of(checkout))
    assert (cluster.asked, engine.asked) == (["stop"], [])


def test_out_of_another_cluster_the_engine_takes_what_it_made(checkout: Checkout) -> None:
    """Or the next `up` believes that it is there."""
    cluster, engine = Elsewhere(checkout), EngineOfATest()
    run_steps(steps_in(STOP, cluster, engine), deployment_of(checkout))
    assert (cluster.asked, engine.asked) == (["stop"], ["remove"])


def test_with_the_last_stack_everything_goes(checkout: Checkout) -> None:
    write_stack_record(checkout, "local", StackRecord("kubectl", "node"))
    cluster, engine = WrittenDown(checkout), EngineOfATest()
    run_steps(steps_in(DELETE, cluster, engine), deployment_of(checkout))
    assert (cluster.asked, engine.asked) == (["delete"], [])
    assert not checkout.state.exists()


def test_of_two_stacks_the_other_ones_things_stay(checkout: Checkout) -> None:
    two_stacks(checkout)
    cluster, engine = Elsewhere(checkout), EngineOfATest()
    run_steps(steps_in(DELETE, cluster, engine), deployment_of(checkout, "second"))
    assert (cluster.asked, engine.asked) == (["delete"], ["forget"])
    assert recorded_stacks(checkout) == ["local"]


def test_where_there_was_no_up_there_is_nothing_to_stop(checkout: Checkout) -> None:
    done = down(deployment_of(checkout), delete_data=True)
    assert not done.stopped
    assert "Nothing to stop" in done.message
    assert done.steps == ()


def test_forgetting_a_stack_leaves_the_others(checkout: Checkout) -> None:
    for stack in ("local", "second"):
        write_stack_record(checkout, stack, StackRecord("kubectl", "context", "portal"))
        checkout.passphrase_file(stack).write_text("words")
    forget(checkout, "second")
    assert stack_record(checkout, "local") is not None
    assert not checkout.passphrase_file("second").exists()


def deleted(checkout: Checkout) -> str:
    """The deletion of the last stack, and what it says if it fails."""
    try:
        run_steps(steps_in(DELETE, WrittenDown(checkout), EngineOfATest()), deployment_of(checkout))
    except PortalError as error:
        return str(error)
    return ""


def filled(checkout: Checkout) -> None:
    write_stack_record(checkout, "local", StackRecord("kubectl", "node"))
    checkout.passphrase_file("local").write_text("canary")
    for folder in (checkout.build, checkout.node, checkout.pulumi_backend):
        (folder / "deep").mkdir(parents=True)
        (folder / "deep" / "file").touch()


def test_behind_a_link_everything_of_ours_is_deleted_and_nothing_else(checkout: Checkout, tmp_path: Path) -> None:
    disk = tmp_path / "disk"
    disk.mkdir()
    checkout.state.symlink_to(disk)
    filled(checkout)
    assert deleted(checkout) == ""
    assert [*disk.rglob("*")] == []
    filled(checkout)
    (disk / "photos").mkdir()
    (disk / "photos" / "one").touch()
    assert ".portal/photos" in deleted(checkout)
    assert [path.name for path in disk.rglob("*")] == ["photos", "one"]


def test_what_a_link_inside_leads_to_stays_and_is_said(checkout: Checkout, tmp_path: Path) -> None:
    filled(checkout)
    disk = tmp_path / "disk"
    checkout.build.rename(disk)
    checkout.build.symlink_to(disk)
    said = deleted(checkout)
    assert "not everything is deleted" in said
    assert f".portal/build (a link to {disk})" in said
    assert (disk / "deep" / "file").exists()
    assert not checkout.passphrase_file("local").exists()
    assert not checkout.node.exists()


def test_secrets_behind_a_link_are_deleted_too(checkout: Checkout, tmp_path: Path) -> None:
    disk = tmp_path / "disk"
    disk.mkdir()
    checkout.state.mkdir()
    checkout.records.symlink_to(disk)
    filled(checkout)
    assert deleted(checkout) == ""
    assert [*disk.iterdir()] == []


@pytest.mark.parametrize("kept", ["stacks", "build", "containers"])
def test_what_cannot_be_deleted_is_said(checkout: Checkout, kept: str, monkeypatch: pytest.MonkeyPatch) -> None:
    filled(checkout)
    (checkout.state / kept).mkdir(exist_ok=True)
    stuck = checkout.state / kept / "stuck"
    stuck.touch()
    real = os.unlink

    def unlink(path: str, **options: int) -> None:
        if Path(path).name == stuck.name:
            raise PermissionError(1, "Operation not permitted", path)
        real(path, **options)

    monkeypatch.setattr(os, "unlink", unlink)
    said = deleted(checkout)
    monkeypatch.undo()
    assert f".portal/{kept}/stuck" in said
    assert ("buildah unshare" in said) == (kept == "containers")
    assert not checkout.passphrase_file("local").exists()
    assert [path.name for path in checkout.state.rglob("*") if path.is_file()] == ["stuck"]


def test_every_part_of_the_state_is_known(checkout: Checkout) -> None:
    """Or it would stay behind a link."""
    paths = [getattr(checkout, name) for name, value in vars(Checkout).items() if isinstance(value, property)]
    files = [
        getattr(checkout, name)("x")
        for name in vars(Checkout)
        if name.endswith("_file") and name != "portal_file" and callable(getattr(checkout, name))
    ]
    inside = [path for path in (*paths, *files) if isinstance(path, Path) and path.is_relative_to(checkout.state)]
    assert len(inside) > 10
    assert {
        path.relative_to(checkout.state).parts[0] for path in inside if path != checkout.state
    } <= checkout.state_names


DAMAGE = [
    "",
    "{",
    "[]",
    "null",
    '{"engine": null, "cluster": null}',
    '{"engine": "kubectl"}',
    '{"engine": 5, "cluster": []}',
]


@pytest.mark.parametrize("content", DAMAGE)
def test_a_damaged_record_is_a_sentence_for_every_verb(checkout: Checkout, content: str) -> None:
    file = checkout.stack_record_file("local")
    file.parent.mkdir(parents=True)
    file.write_text(content)
    uses: list[Callable[[], object]] = [
        lambda: down(deployment_of(checkout), delete_data=False),
        lambda: down(deployment_of(checkout), delete_data=True),
        lambda: stack_record(checkout, "local"),
    ]
    for use in uses:
        with pytest.raises(InputError, match=r"^\.portal/stacks/local\.json: The file is damaged.*[Dd]elete"):
            use()


@pytest.mark.parametrize("content", DAMAGE)
def test_a_damaged_cache_is_no_cache(checkout: Checkout, content: str) -> None:
    write_last_apply(checkout, "local", Versions({("Service", "portal", "backstage"): "1"}))
    checkout.last_apply_file("local").write_text(content)
    assert last_apply(checkout, "local") is None
    checkout.images_file.parent.mkdir(parents=True)
    checkout.images_file.write_text(content)
    assert built_images(checkout) is None


def test_a_damaged_record_of_the_cluster_does_not_let_a_stack_into_another_one(checkout: Checkout) -> None:
    accept(checkout, "local", PreflightRecord("uid", "objects", None))
    assert accepted(checkout, "local") == PreflightRecord("uid", "objects", None)
    checkout.preflight_file("local").write_text("{")
    with pytest.raises(InputError, match="See that the stack's context is the cluster that it runs in"):
        accepted(checkout, "local")


WRITES: dict[str, Callable[[Checkout, str], object]] = {
    "record": lambda checkout, text: write_stack_record(checkout, "local", StackRecord(text, "node")),
    "preflight": lambda checkout, text: accept(checkout, "local", PreflightRecord(text)),
    "last apply": lambda checkout, text: write_last_apply(checkout, "local", Versions({("S", "n", text): "1"})),
}


@pytest.mark.parametrize("what", WRITES)
def test_on_a_full_disk_every_record_stays_as_it_was(
    what: str, checkout: Checkout, monkeypatch: pytest.MonkeyPatch
) -> None:
    WRITES[what](checkout, "before")
    (file,) = (path for path in checkout.state.rglob("*") if path.is_file())
    content = file.read_bytes()

    def refuse(_: int) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(os, "fsync", refuse)
    with pytest.raises(OSError, match="No space left"):
        WRITES[what](checkout, "after")
    assert file.read_bytes() == content
    assert [path for path in checkout.state.rglob("*") if path.is_file()] == [file]
