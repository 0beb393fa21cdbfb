"""Two app-configs differ in values, and not in the order of their keys."""

from __future__ import annotations

import pytest

from portal.base.checkout import Checkout
from portal.base.difference import differences
from portal.plan import load_plan


@pytest.mark.parametrize(
    ("old", "new", "lines"),
    [
        ({"a": 1, "b": {"c": 2, "d": 3}}, {"b": {"d": 3, "c": 2}, "a": 1}, []),
        ({"a": 1}, {"a": 2}, ["- a: 1", "+ a: 2"]),
        ({"a": 1}, {"a": True}, ["- a: 1", "+ a: true"]),
        ({"a": 1}, {"a": "1"}, ["- a: 1", '+ a: "1"']),
        ({}, {"a": {"b": {"c": "ö"}, "d": []}}, ['+ a.b.c: "ö"', "+ a.d: []"]),
        ({"a": {"b": 1}}, {"a": [1]}, ["- a.b: 1", "+ a: [1]"]),
        ({"a": {"b": 1}}, {"a": {}}, ["- a.b: 1"]),
        ({"a": [{"x": 1, "y": 2}]}, {"a": [{"y": 3, "x": 1}]}, ["- a[0].y: 2", "+ a[0].y: 3"]),
        ({"a": [1, 2, 3]}, {"a": [1, 3]}, ["- a[1]: 2"]),
        ({"a": [1]}, {"a": [0, 1]}, ["+ a[0]: 0"]),
        ({"a": [1]}, {"a": [1, 1]}, ["- a: [1]", "+ a: [1, 1]"]),
        ({"a": [1, 2]}, {"a": [2, 1]}, ["- a[0]: 1", "+ a[0]: 2", "- a[1]: 2", "+ a[1]: 1"]),
        ({"a": "one\ntwo"}, {"a": "one"}, ['- a: "one\\ntwo"', '+ a: "one"']),
    ],
)
def test_differences_are_named_key_by_key(old: object, new: object, lines: list[str]) -> None:
    assert [one.line for one in differences(old, new)] == lines
    assert list(differences(new, new)) == []


def test_stacks_differ_in_what_their_files_say(checkout: Checkout) -> None:
    """Through a pinned release the keys of every record come back in another order (newcomer: 74 of 107 lines)."""
    local = load_plan(checkout, "local").app_config.data
    shuffled = {key: local[key] for key in sorted(local, reverse=True)}
    assert list(differences(local, shuffled)) == []
    other = load_plan(checkout, "e2e").app_config.data
    lines = [one.line for one in differences(local, other)]
    assert '+ app.baseUrl: "http://localhost:7027"' in lines
    assert not any("app.title" in line for line in lines)


@pytest.mark.parametrize(
    ("old", "new", "line"),
    [
        ({}, {"token": "ghp_planted"}, '+ token: "(not shown)"'),
        (
            {"hosts": []},
            {"hosts": [{"host": "a", "token": "planted"}]},
            '+ hosts[0]: {"host": "a", "token": "(not shown)"}',
        ),
        ({}, {"password": "${PASSWORD}"}, '+ password: "${PASSWORD}"'),
        ({}, {"token": {"$file": "/run/token"}}, '+ token.$file: "/run/token"'),
        ({}, {"title": "planted"}, '+ title: "planted"'),
    ],
)
def test_no_line_shows_a_secret(old: object, new: object, line: str) -> None:
    assert [one.line for one in differences(old, new)] == [line]
