"""Values with a shape and no sense are refused, with what to write."""

from __future__ import annotations

from typing import Any

import pytest

from portal.base.errors import InputError
from portal.models.base import validated
from portal.models.portal_file import PortalFile
from portal.models.stack import StackSettings
from portal.plugins.load import load_plugins, load_sources
from portal.stack.options import Given, resolve_options
from portal.stack.settings import parse_settings

STACK: dict[str, Any] = {"target": "local", "url": "http://localhost:7007", "signIn": {"provider": "guest"}}
PORTAL: dict[str, Any] = {"backstage": "1.55.0", "organization": "Acme"}


def sentence(model: type[StackSettings | PortalFile], data: dict[str, Any]) -> str:
    with pytest.raises(InputError) as caught:
        validated(model, data, lambda _: "file")
    return "\n".join(caught.value.sentences)


@pytest.mark.parametrize(
    ("setting", "said"),
    [
        ({"resources": {"memoryLimit": "1024"}}, "with its unit"),
        ({"resources": {"memoryLimit": "512Mi", "memory": "256Mi"}}, "768Mi or more, as an idle portal"),
        ({"resources": {"memoryLimit": "600M", "memory": "256Mi"}}, "768Mi or more"),
        ({"resources": {"memoryLimit": "9" * 400 + "Gi"}}, "up to 1024Ti"),
        ({"resources": {"memoryLimit": "9999999Gi"}}, "up to 1024Ti"),
        ({"resources": {"memory": "1Ki"}}, "128Mi or more"),
        ({"resources": {"cpu": "2Gi"}}, "CPU cores"),
        ({"resources": {"cpuLimit": "9" * 400}}, "CPU cores"),
        ({"database": {"storage": "5"}}, "with its unit"),
        ({"database": {"storage": "1Mi"}}, "1Gi or more, as PostgreSQL"),
        ({"egress": [{"cidr": "10.20.0.5", "ports": [1]}]}, "Write 10.20.0.5/32 for this one address"),
        ({"egress": [{"cidr": "10.20.1.5/16", "ports": [1]}]}, "without bits of a host. Write 10.20.0.0/16"),
        ({"egress": [{"cidr": "10.20.0.0/255.255.0.0", "ports": [1]}]}, "Write 10.20.0.0/16"),
        ({"egress": [{"cidr": "2001:DB8::/32", "ports": [1]}]}, "Write 2001:db8::/32"),
        ({"egress": [{"cidr": "ten", "ports": [1]}]}, "a slash"),
        ({"url": "https://portal.acme.example:443"}, "Write https://portal.acme.example."),
        ({"url": "http://portal.acme.example:80"}, "Write http://portal.acme.example."),
        ({"url": "http://[::1]:7007/"}, "Write http://[::1]:7007"),
        ({"url": "https://Portal.Acme.Example"}, "portal.acme.example"),
        ({"url": "https://*.acme.example"}, "letters, digits, dashes and dots"),
        ({"url": "http://[fd00:10::7]:7007", "ingress": {"class": "nginx"}}, "the name of a host"),
        ({"url": "http://10.1.2.3", "gateway": {"name": "front"}}, "the name of a host"),
        ({"labels": {"pod-security.kubernetes.io/enforce-version": "v1.0"}}, "reserved prefix"),
        ({"labels": {"x.k8s.io/y": "z"}}, "reserved prefix"),
        ({"labels": {"pulumi.com/skip": "z"}}, "reserved prefix"),
        ({"labels": {"a..b/x": "z"}}, "a key like team"),
        ({"annotations": {"kubernetes.io/x": "z"}}, "reserved prefix"),
        ({"annotations": {"a b": "z"}}, "a key like team"),
        ({"ingress": {"class": "a b"}}, "RFC 1123"),
        ({"ingress": {"class": "nginx", "annotations": {"a b": "z"}}}, "a key like team"),
        ({"scheduling": {"nodeSelector": {"a b": "c"}}}, "a key like team"),
        ({"scheduling": {"tolerations": [{"key": "a b"}]}}, "a key like team"),
        ({"cluster": {"context": "a\x1b[31mb"}}, "one line of text"),
        ({"title": "two\nlines"}, "one line of text"),
        ({"title": "   "}, "one line of text"),
        ({"title": "turned \u202e around"}, "one line of text"),
        ({"images": {"registry": "mirror:99999/x"}}, "leave out scheme and tag"),
        ({"database": {"engine": "external", "host": "a..b"}}, "a host's name"),
        ({"database": {"engine": "external", "host": "10.1.2.3"}}, "issued for names"),
        ({"database": {"engine": "external", "host": "postgres://db.acme.example"}}, "without a scheme"),
        ({"secrets": {"a b": "x"}}, "capital letters"),
        ({"secrets": {"É": "x"}}, "capital letters"),
        ({"appConfig": {"a": {"b": [{"$secret": "../x"}]}}}, "capital letters"),
        ({"appConfig": {"a": {"$secret": ["X"]}}}, "capital letters"),
        ({"appConfig": {"a": {"$secret": "X", "b": 1}}}, "nothing beside it"),
        ({"hooks": {"before-deploy": [["a\x00b"]]}}, "text that matches"),
    ],
)  # fmt: skip
def test_a_stack_is_told_what_to_write(setting: dict[str, Any], said: str) -> None:
    found = sentence(StackSettings, {**STACK, **setting})
    assert said.lower() in found.lower(), found
    assert "\x1b" not in found


@pytest.mark.parametrize(
    ("setting", "said"),
    [
        ({"organization": "a\x1b]52;c;eA==\x07"}, "one line of text"),
        ({"title": "\n"}, "one line of text"),
        ({"catalog": {"locations": [{"url": "https://x:99999999/a"}]}}, "a number from 1 to 65535"),
        ({"catalog": {"locations": [{"url": "https://u:pw@x/a"}]}}, "remove the user name and password"),
        ({"catalog": {"locations": [{"url": "anything"}]}}, "put https:// in front"),
        ({"catalog": {"locations": [{"file": "content/\x00"}]}}, "one line of text"),
        ({"appConfig": {"a": {"$secret": "lower"}}}, "capital letters"),
    ],
)
def test_a_portal_is_told_what_to_write(setting: dict[str, Any], said: str) -> None:
    found = sentence(PortalFile, {**PORTAL, **setting})
    assert said.lower() in found.lower(), found
    assert "pw@" not in found


GOOD_URLS = ["https://acme.example", "http://[::1]:7007", "http://10.1.2.3:8080", "https://p"]


@pytest.mark.parametrize("url", GOOD_URLS)
def test_a_good_address_is_taken_as_it_is(url: str) -> None:
    assert StackSettings.model_validate({**STACK, "url": url}).url == url


OPTIONS = [
    (record.id, name, option)
    for record in (*load_plugins().values(), *load_sources().values())
    for name, option in record.options.items()
    if option.type in {"address", "host", "slug"}
]
BAD_TEXTS = ["https://a:b", "https://user:pw@a.example", "https://x:99999999", "-a..b-", "*.a", "a b", "a\x00b"]
MORE_BAD_TEXTS = ["https://github.com/acme/", "https://a..b"]
EVERY_OPTION = pytest.mark.parametrize(("record", "name", "option"), OPTIONS, ids=[f"{r}.{n}" for r, n, _ in OPTIONS])


@EVERY_OPTION
@pytest.mark.parametrize("bad", [*BAD_TEXTS, *MORE_BAD_TEXTS, 7, None, "", ["a"]])
def test_an_option_has_the_same_rules(record: str, name: str, option: Any, bad: object) -> None:
    with pytest.raises(InputError) as caught:
        resolve_options({name: option}, [Given({name: bad}, record, lambda _: "file")])
    assert "pw@" not in caught.value.sentence


@EVERY_OPTION
def test_the_example_of_an_option_fits(record: str, name: str, option: Any) -> None:
    given = {name: option.example}
    assert resolve_options({name: option}, [Given(given, record, lambda _: "file")]) == given


@pytest.mark.parametrize("key", ["credential", "apiToken"])
def test_an_option_that_is_a_secret_is_not_repeated(key: str) -> None:
    option = next(one for _, _, one in OPTIONS)
    with pytest.raises(InputError) as caught:
        resolve_options({key: option}, [Given({key: "hunter2 canary"}, "x", lambda _: "file")])
    assert "hunter2" not in caught.value.sentence


def test_a_secret_in_any_shape_is_not_repeated() -> None:
    for value in ("hunter2", '["hunter2"]', '{"A": {"b": "hunter2"}}', '{"A": ["hunter2"]}', '{"a b": "hunter2"}'):
        with pytest.raises(InputError) as caught:
            parse_settings({"portal:target": "local", "portal:secrets": value}, (), lambda _: "file")
        assert "hunter2" not in "\n".join(caught.value.sentences)
