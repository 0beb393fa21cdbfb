"""What is stopped or deleted is what belongs to the stack, and nothing of another."""

from __future__ import annotations

import shutil

from portal.base.checkout import Checkout
from portal.deploy.down import DELETE, STOP, down
from portal.deploy.run_steps import run_steps
from portal.deploy.stack_record import StackRecord, forget, recorded_stacks, stack_record, write_stack_record
from portal.deploy.step import Steps
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
