"""What the page about secrets shows of files on AWS is what the settings take, and both files name the same secrets."""

from __future__ import annotations

from typing import Any

from portal.base.yaml_document import parse_document
from portal.models.aws.foundation import FoundationSettings
from portal.models.base import validated
from portal.models.stack import StackSettings
from tests.docs.test_steps import BLOCKS
from tests.models.test_foundation import OWN
from tests.support.eks import ON_AWS


def shown() -> dict[str, Any]:
    texts = [block.text for block in BLOCKS["keep-secrets"] if block.language == "yml"]
    found = [parse_document(text.encode(), "keep-secrets.md").data["config"] for text in texts]
    return {key.removeprefix("portal:"): value for one in found if isinstance(one, dict) for key, value in one.items()}


def test_a_deployer_may_read_what_the_stack_names() -> None:
    written = shown()
    assert written.keys() == {"secretsManager", "deployers"}
    stack = validated(StackSettings, {**ON_AWS, "secretsManager": written["secretsManager"]}, str)
    foundation = validated(FoundationSettings, {**OWN, "deployers": written["deployers"]}, str)
    named = {one.name for one in stack.secrets_manager.values()}
    assert named == set(foundation.deployers["prod"].secrets)
    assert len(named) > 1
