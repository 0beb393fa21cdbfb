"""What has to happen with a case file: its first line says so.

``# ok``, or ``# error: `` and words of the sentence that refuses it. Only letters and digits count, in any case;
``...`` stands for whatever else is between two of its parts. The second line may be ``# stack: `` and the name of the
stack that the file is of; otherwise it is ``local``.
"""

from __future__ import annotations

import re
from pathlib import Path

OK = "ok"


def expectation(case: Path) -> str:
    """``ok``, or the words of the refusal."""
    first = case.read_text().partition("\n")[0]
    found = re.fullmatch(r"# (?:(ok)|error: (.+))", first)
    assert found is not None, f"{case.name} begins with `{first}`: write `# ok` or `# error: ...`"
    return found[1] or found[2]


def stack_of(case: Path) -> str:
    """The name of the stack that the case is the file of."""
    found = re.match(r"# .*\n# stack: (\S+)\n", case.read_text())
    return found[1] if found is not None else "local"


def says(sentence: str, expected: str) -> bool:
    """Whether a sentence has the parts of an expectation, in their order."""
    parts = [re.escape(_words(part)) for part in expected.split("...")]
    return re.search(" .*".join(rf"\b{part}\b" for part in parts), _words(sentence)) is not None


def _words(text: str) -> str:
    return " ".join(re.findall(r"[a-z0-9]+", text.lower()))
