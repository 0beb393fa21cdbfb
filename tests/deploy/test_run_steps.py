"""One loop runs any list of steps: in order, side by side where the list says so, timed, and told about at once."""

from __future__ import annotations

import io
import threading
from dataclasses import dataclass

import pytest

from portal.base.checkout import Checkout
from portal.base.errors import PortalError
from portal.base.progress import PlainProgress
from portal.deploy.run_steps import names_of, run_steps
from portal.deploy.step import Together
from tests.support.deployments import Do, deployment_of, gives


@dataclass(frozen=True)
class Bricks:
    """What a step of these tests makes."""

    count: int


def nothing(_: object) -> None:
    """A step's work, where it does not matter."""


def test_steps_run_in_their_order_and_each_is_timed(checkout: Checkout) -> None:
    order: list[str] = []
    steps = [Do(name, lambda _, name=name: order.append(name)) for name in ("first", "second", "third")]
    times = run_steps(steps, deployment_of(checkout))
    assert order == [took.name for took in times] == ["first", "second", "third"]
    assert all(took.seconds >= 0 for took in times)


def test_the_seconds_are_those_of_the_step(checkout: Checkout) -> None:
    waited = threading.Event()
    slow, quick = run_steps([Do("slow", lambda _: waited.wait(0.05)), Do("quick", nothing)], deployment_of(checkout))
    assert slow.seconds >= 0.05 > quick.seconds


def test_what_a_step_gives_is_what_the_next_one_gets(checkout: Checkout) -> None:
    seen: list[int] = []
    steps = (
        gives("make", Bricks(1)),
        gives("make-more", Bricks(2)),
        Do("use", lambda deployment: seen.append(deployment.get(Bricks).count)),
    )
    run_steps(steps, deployment_of(checkout))
    assert seen == [2]


def test_a_list_in_the_wrong_order_says_what_is_missing(checkout: Checkout) -> None:
    steps = (Do("use", lambda deployment: deployment.get(Bricks)), gives("make", Bricks(1)))
    with pytest.raises(LookupError, match="gives a Bricks"):
        run_steps(steps, deployment_of(checkout))


def test_after_a_step_that_fails_none_runs(checkout: Checkout) -> None:
    ran: list[str] = []

    def fail(_: object) -> None:
        raise PortalError("no bricks")

    steps = (Do("first", fail), Do("second", lambda _: ran.append("second")))
    with pytest.raises(PortalError, match="no bricks"):
        run_steps(steps, deployment_of(checkout))
    assert ran == []


def test_a_title_is_a_piece_of_progress_and_no_title_is_none(checkout: Checkout) -> None:
    said = io.StringIO()
    deployment = deployment_of(checkout, progress=PlainProgress(said))
    run_steps((Do("build", nothing, "Build the wall"), Do("quiet", nothing)), deployment)
    first, last = said.getvalue().splitlines()
    assert first == "- Build the wall"
    assert last.startswith("+ Build the wall (")


def test_together_is_at_the_same_time(checkout: Checkout) -> None:
    meeting = threading.Barrier(2, timeout=10)
    pair = Together(Do("one", lambda _: meeting.wait()), Do("other", lambda _: meeting.wait()))
    times = run_steps((pair, Do("last", nothing)), deployment_of(checkout))
    assert [took.name for took in times] == list(names_of((pair, Do("last", nothing)))) == ["one", "other", "last"]


def test_what_fails_is_told_while_the_other_goes_on_to_its_end(checkout: Checkout) -> None:
    said, told, built = io.StringIO(), threading.Event(), threading.Event()

    class Heard(PlainProgress):
        def note(self, text: str) -> None:
            super().note(text)
            told.set()

    def start(_: object) -> None:
        raise PortalError("the API server does not answer\nits log ends here")

    def build(_: object) -> None:
        assert told.wait(10)
        built.set()

    with pytest.raises(PortalError, match="its log ends here"):
        run_steps((Together(Do("build", build), Do("start", start)),), deployment_of(checkout, progress=Heard(said)))
    assert built.is_set()
    assert said.getvalue() == "the API server does not answer (what runs beside it goes on to its end)\n"
