"""Sign-in providers in a stack: from its record and a few options follow app-config, secrets and network."""

from __future__ import annotations

from typing import Any

import pytest

from portal.base.checkout import Checkout
from portal.base.errors import InputError
from portal.checks import findings
from portal.plugins.load import load_sign_in
from tests.support.app_config import planned


def accepted(*_: object) -> None:
    """A lock that is not looked at."""


OIDC = {"provider": "oidc", "issuer": "https://id.acme.example:8443", "title": "Acme ID"}


def test_an_open_id_provider_is_a_record_and_nothing_else(checkout: Checkout) -> None:
    plan = planned(checkout, {"signIn": OIDC})
    data = plan.app_config.data
    provider = data["auth"]["providers"]["oidc"]["production"]
    assert provider["metadataUrl"] == "https://id.acme.example:8443/.well-known/openid-configuration"
    assert provider["clientSecret"] == {"$file": "/etc/portal/secrets/OIDC_CLIENT_SECRET"}
    assert provider["signIn"] == {"resolvers": [{"resolver": "emailMatchingUserEntityProfileEmail"}]}
    assert data["portal"] | {"connections": [], "permissions": {}} == {
        "signIn": "oidc",
        "signInTitle": "Acme ID",
        "connections": [],
        "permissions": {},
    }
    assert {"OIDC_CLIENT_ID", "OIDC_CLIENT_SECRET"} <= set(plan.needs)
    assert 8443 in plan.resolved.outbound_ports
    assert "guest" not in data["auth"]["providers"]


@pytest.mark.parametrize(
    ("sign_in", "words"),
    [
        ({"provider": "oidc"}, "portal:signIn.issuer"),
        ({"provider": "oidc", "issuer": "id.acme.example"}, "an address with scheme and host"),
        ({"provider": "oidc", "issuer": "https://id.acme.example", "isuer": "x"}, "Did you mean issuer"),
        ({"provider": "guest", "issuer": "https://id.acme.example"}, "no options"),
        ({"provider": "oidcc"}, "Did you mean oidc"),
    ],
)
def test_what_does_not_fit_is_a_sentence(checkout: Checkout, sign_in: dict[str, Any], words: str) -> None:
    with pytest.raises(InputError, match=words):
        planned(checkout, {"signIn": sign_in})


def test_a_provider_that_the_image_does_not_have_says_how_to_get_it(checkout: Checkout) -> None:
    file = checkout.portal_file
    file.write_text(file.read_text().replace("signIn: [oidc]\n", ""))
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("portal.release.release.require_locked", accepted)
        with pytest.raises(InputError, match=r"signIn: \[oidc\]"):
            planned(checkout, {"signIn": OIDC})


def test_the_image_has_the_accounts_of_sources_and_plugins_without_a_word(checkout: Checkout) -> None:
    assert set(planned(checkout, {}).release.sign_in) == {"github", "guest", "oidc"}


@pytest.mark.parametrize("provider", [name for name, record in load_sign_in().items() if record.anyone])
def test_who_lets_everybody_in_is_for_loopback_only(checkout: Checkout, provider: str) -> None:
    changes = {"signIn": {"provider": provider}, "url": "https://portal.acme.example"}
    said = [error.sentence for error in findings(planned(checkout, changes))]
    assert any(f"The sign-in provider {provider} lets anyone in" in sentence for sentence in said)
