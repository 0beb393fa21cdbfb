"""An edit of a stack file leaves what somebody wrote as they wrote it."""

from __future__ import annotations

from pathlib import Path

from portal.stackfile.edit import REMOVED, edited

FILE = """\
# Who may change this: the platform team.
config:
  portal:target: kubernetes   # not local
  portal:url: "https://portal.acme.example"

  # Encrypted.
  portal:secrets:
    # Renewed in May.
    SENTRY_TOKEN: {secure: "v1:a:b"}
  portal:release: r-0123456789ab
"""


def test_comments_order_and_quotes_stay(tmp_path: Path) -> None:
    file = tmp_path / "Pulumi.dev.yaml"
    file.write_text(FILE)
    assert edited(file, {("config", "portal:release"): "r-fedcba987654"}) == FILE.replace(
        "r-0123456789ab", "r-fedcba987654"
    )


def test_a_key_is_added_to_what_is_there(tmp_path: Path) -> None:
    file = tmp_path / "Pulumi.dev.yaml"
    file.write_text(FILE)
    text = edited(file, {("config", "portal:secrets", "GRAFANA_TOKEN"): {"secure": "v1:" + "c" * 200}, ("salt",): "s"})
    added = {line.strip() for line in text.splitlines()} - {line.strip() for line in FILE.splitlines()}
    assert added == {"GRAFANA_TOKEN:", f"secure: v1:{'c' * 200}", "salt: s"}
    assert "# Renewed in May." in text


def test_what_is_missing_on_the_way_is_made(tmp_path: Path) -> None:
    file = tmp_path / "Pulumi.dev.yaml"
    file.write_text("config:\n  portal:target: local\n")
    text = edited(file, {("config", "portal:secrets", "TOKEN"): "x"})
    assert text == "config:\n  portal:target: local\n  portal:secrets:\n    TOKEN: x\n"


def removed(folder: Path, text: str, *path: str) -> str:
    file = folder / "Pulumi.dev.yaml"
    file.write_text(text)
    return edited(file, {path: REMOVED})


def test_a_key_goes_alone_and_what_is_written_about_the_next_stays(tmp_path: Path) -> None:
    assert removed(tmp_path, FILE, "config", "portal:url") == FILE.replace(
        '  portal:url: "https://portal.acme.example"\n', ""
    )
    assert "# Encrypted." in removed(tmp_path, FILE, "config", "portal:url")
    assert removed(tmp_path, FILE, "config", "portal:nothing") == FILE


def test_a_value_of_several_lines_goes_with_its_key(tmp_path: Path) -> None:
    text = "config:\n  a:\n  - one\n  # of the list\n  - two\n\n  # of b\n  b: >-\n    long\n\n    text\n  c: 1\n"
    assert removed(tmp_path, text, "config", "a") == "config:\n\n  # of b\n  b: >-\n    long\n\n    text\n  c: 1\n"
    assert removed(tmp_path, text, "config", "b").endswith("  # of b\n  c: 1\n")
    assert removed(tmp_path, text, "config", "c") == text.replace("  c: 1\n", "")


def test_a_key_among_others_in_one_line_goes_too(tmp_path: Path) -> None:
    assert removed(tmp_path, "config:\n  a: {b: 1, c: 2}\n", "config", "a", "b") == "config:\n  a: {c: 2}\n"
    assert removed(tmp_path, "config: {a: 1}\n", "config", "a") == "config: {}\n"
    # What holds it may be gone already, or be no mapping.
    assert removed(tmp_path, "config:\n  a: 1\n", "config", "a", "b") == "config:\n  a: 1\n"
