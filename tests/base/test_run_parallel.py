"""Questions that are asked at once: none keeps the others waiting, and a late one disturbs nobody."""

from __future__ import annotations

import json
import threading

import pytest

from portal.base.errors import PortalError
from portal.base.run_parallel import run_parallel


def fail() -> str:
    raise PortalError("nobody is there")


def test_each_has_an_answer_or_a_reason() -> None:
    never = threading.Event()
    found = run_parallel({"one": lambda: "1", "two": fail, "three": lambda: str(never.wait(30))}, 0.2)
    assert found["one"] == "1"
    assert str(found["two"]) == "nobody is there"
    assert str(found["three"]) == "no answer within 0.2 s"
    never.set()


def test_a_mistake_is_raised_where_it_was_asked() -> None:
    with pytest.raises(json.JSONDecodeError):
        run_parallel({"one": lambda: json.loads("")}, 5)


@pytest.mark.parametrize("ends", [PortalError("gone"), ValueError("not JSON"), KeyError("name")], ids=repr)
def test_one_that_ends_late_says_nothing(ends: Exception) -> None:
    """The warnings of this test are errors: an exception that left the thread would fail it."""
    go_on, threads = threading.Event(), set(threading.enumerate())

    def late() -> str:
        go_on.wait(30)
        raise ends

    assert str(run_parallel({"late": late}, 0.01)["late"]) == "no answer within 0.01 s"
    go_on.set()
    for thread in set(threading.enumerate()) - threads:
        thread.join(30)
