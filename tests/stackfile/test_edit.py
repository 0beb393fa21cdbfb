"""An edit of a stack file leaves what somebody wrote as they wrote it."""

from __future__ import annotations

from pathlib import Path

from portal.stackfile.edit import edited

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
