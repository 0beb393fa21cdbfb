"""Text from outside, as it may reach a terminal: without control characters.

Titles, values of files, and log lines are written by others. On a terminal, a control sequence in them could move the
cursor, hide text, or write the clipboard (https://www.xfree86.org/current/ctlseqs.html, "Operating System Commands").
"""

from __future__ import annotations

import re

# Sequences as a whole (ECMA-48): a device control string or a command to the terminal's system, with its text; a
# control sequence with its numbers; and the two-letter ones. Each begins with ESC, or with one character of C1.
_SEQUENCES = re.compile(
    r"(?:\x1b[PX\]^_]|[\x90\x98\x9d\x9e\x9f])[^\n]{0,4096}?(?:\x07|\x1b\\|\x9c)"
    r"|(?:\x1b\[|\x9b)[0-?]*[ -/]*[@-~]"
    r"|\x1b[ -/]*[0-Z\\^-~]"
)
# What is left of C0 and C1 but for tab and newline; characters that turn the direction of text or break lines
# (https://www.unicode.org/reports/tr36/#Bidirectional_Text_Spoofing); the byte order mark; halves of characters.
_INVISIBLE = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028\u2029\u202a-\u202e\u2066-\u2069\ufeff\ufffe\uffff\ud800-\udfff]"
)
# Keys whose values are secrets, whatever a schema says about them.
_OF_A_SECRET = re.compile(r"credential(?!s)|token|passw|passphrase|secret|private.?key|authorization", re.IGNORECASE)


def printable(text: str) -> str:
    """A text without control sequences, control characters, and what turns the direction of text."""
    return _INVISIBLE.sub("", _SEQUENCES.sub("", text))


def has_controls(text: str) -> bool:
    """Whether :func:`printable` would take something away, or the text is more than one line."""
    return "\n" in text or "\t" in text or _INVISIBLE.search(text) is not None


def escaped(document: str) -> str:
    """A JSON document with the same meaning, which is safe to show on a terminal.

    JSON itself escapes only the characters below U+0020. Newlines between values stay.
    """
    return _INVISIBLE.sub(lambda found: f"\\u{ord(found.group()):04x}", document)


def names_a_secret(key: object) -> bool:
    """Whether a key's name says that its value is a secret, so that no sentence may repeat it."""
    return isinstance(key, str) and _OF_A_SECRET.search(key) is not None
