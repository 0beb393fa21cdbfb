"""Who applies the rules: what `portal check`, a drawing and a preview say about a graph that breaks one."""

from __future__ import annotations

from collections.abc import Callable
from types import SimpleNamespace

import pytest

from portal.base.checkout import Checkout
from portal.base.errors import InputError
from portal.command.context import Context
from portal.command.recorded import recorded
from portal.graph import accepted
from portal.graph.accepted import advice, require_accepted
from portal.graph.model import Graph
from portal.graph.preview.snapshot import snapshot
from portal.graph.refusals import judged
from portal.plan import load_plan
from tests.policies.aws_broken import BROKEN
from tests.policies.sample import whole_graph
from tests.support.checkouts import give_secrets


def _refuses(_graph: Graph) -> list[str]:
    return ["backstage: is wrong"]


@pytest.fixture
def broken(checkout: Checkout, monkeypatch: pytest.MonkeyPatch) -> Checkout:
    """A checkout whose stacks break a rule."""
    give_secrets(checkout, "local")
    rules: Callable[[str], object] = lambda _: SimpleNamespace(refused=_refuses)  # noqa: E731
    monkeypatch.setattr(accepted, "import_module", rules)
    return checkout


def test_a_good_graph_is_accepted() -> None:
    graph = whole_graph()
    assert require_accepted(graph) is graph
    assert advice(graph) == ()


def test_a_broken_rule_refuses_a_graph_in_a_sentence() -> None:
    with pytest.raises(InputError, match="would break a rule: database: has an address on the internet"):
        require_accepted(BROKEN["RDS.2"](whole_graph()))


def test_a_choice_is_told_with_the_id_of_its_rule() -> None:
    graph = require_accepted(BROKEN["ELB.16"](whole_graph()))
    (told,) = advice(graph)
    assert told == "portal-prod: no firewall is in front of it (`firewall: true`) (ELB.16)"


def test_checks_refuse_it(broken: Checkout) -> None:
    (error,) = judged(broken, load_plan(broken, "local")).refusals
    assert "would break a rule: backstage: is wrong" in error.sentence


def test_drawings_refuse_it(broken: Checkout) -> None:
    with pytest.raises(InputError, match="backstage: is wrong"):
        recorded(Context(broken.root), "local")


def test_previews_show_it_as_a_fault(broken: Checkout) -> None:
    (fault,) = snapshot(broken, ["local"]).stacks["local"].now.faults
    assert "backstage: is wrong" in fault
