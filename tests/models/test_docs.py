"""Who publishes documentation: which tokens a setting means, and what is refused."""

from __future__ import annotations

import pytest
from pydantic import ValidationError

from portal.models.aws.docs import MOST_OF_SUBJECTS, Docs, DocsPublisher


@pytest.mark.parametrize(
    ("given", "subject"),
    [
        ({"repository": "acme/service"}, "repo:acme/service:ref:refs/heads/main"),
        ({"repository": "acme/service", "branch": "release/1.2"}, "repo:acme/service:ref:refs/heads/release/1.2"),
        ({"repository": "acme/service", "environment": "docs"}, "repo:acme/service:environment:docs"),
        ({"repository": "acme@1/service@2"}, "repo:acme@1/service@2:ref:refs/heads/main"),
        ({"repository": "acme/*"}, "repo:acme/*:ref:refs/heads/main"),
        ({"repository": "acme@1/*", "environment": "docs"}, "repo:acme@1/*:environment:docs"),
    ],
)
def test_a_publisher_means_one_subject(given: dict[str, str], subject: str) -> None:
    assert DocsPublisher.model_validate(given).subject == subject


@pytest.mark.parametrize(
    "given",
    [
        *({"repository": one} for one in ("*", "*/*", "*/service", "acme", "acme/", "acme/*/x", "acme/a*", "ac?e/x")),
        *({"repository": one} for one in ("acme/x:environment:y", "acme/service\n", "acme*/*", "acme/?", "acme@*/x")),
        *({"repository": "acme/x", "branch": one} for one in ("*", "release/*", "a:b", "a b", "", "refs/heads/main")),
        *({"repository": "acme/x", "environment": one} for one in ("*", "a:ref", "", "doc?")),
        {"repository": "acme/x", "branch": "main", "environment": "docs"},
    ],
)
def test_what_could_mean_others_is_refused(given: dict[str, str]) -> None:
    with pytest.raises(ValidationError):
        DocsPublisher.model_validate(given)


def test_who_is_named_twice_is_trusted_once() -> None:
    twice = Docs.model_validate({"publishers": [{"repository": "acme/x"}, {"repository": "acme/x", "branch": "main"}]})
    assert twice.subjects == ("repo:acme/x:ref:refs/heads/main",)


def test_there_are_as_many_as_fit() -> None:
    one = len('"repo:acme/service-00:ref:refs/heads/main",')
    publishers = [{"repository": f"acme/service-{index:02}"} for index in range(MOST_OF_SUBJECTS // one + 1)]
    assert len(Docs.model_validate({"publishers": publishers[:-1]}).publishers) >= 25
    with pytest.raises(ValidationError, match="fit into the trust policy"):
        Docs.model_validate({"publishers": publishers})
