"""Addresses and rules of the catalog: what Backstage would only say in its log."""

from __future__ import annotations

import pytest

from portal.base.checkout import Checkout
from portal.checks.catalog_locations import check_catalog_locations
from portal.checks.catalog_rules import check_catalog_rules
from portal.checks.catalog_urls import address_problem
from portal.plan import Plan, load_plan
from tests.support.cases import says


def plan_with(checkout: Checkout, app_config: str) -> Plan:
    stack = checkout.stack_file("local")
    stack.write_text(f"{stack.read_text()}  portal:appConfig: {app_config}\n")
    return load_plan(checkout, "local")


READABLE = [
    "https://github.com/acme/catalog/blob/main/all.yaml",
    "https://github.com/acme/catalog/tree/main/all.yaml",
    "https://github.com/acme/catalog/raw/main/all.yaml",
    "https://github.com/acme/catalog/blob/feature%2Fone/*/all.yaml",
    "https://gitlab.com/acme/platform/catalog/-/blob/main/all.yaml",
    "https://gitlab.com/acme/catalog/blob/main/all.yaml",
    "https://bitbucket.org/acme/catalog/src/main/all.yaml",
    "https://dev.azure.com/acme/platform/_git/catalog?path=/all.yaml",
    "https://acme-catalog.s3.eu-west-1.amazonaws.com/all.yaml",
    "https://git.acme.example/acme/catalog/blob/main/all.yaml",
    "https://files.acme.example/all.yaml",
    "https://deep.down.acme.test/all.yaml",
    "https://ported.acme.example:8443/all.yaml",
    "https://narrow.acme.example/catalog/all.yaml",
    "${CATALOG}/all.yaml",
]
UNREADABLE = {
    "github.com/acme/catalog/blob/main/all.yaml": "put https:// in front",
    "ftp://github.com/acme/catalog/blob/main/all.yaml": "write its https:// address",
    "https://github.com/acme/catalog": "write https://github.com/<owner>/<repository>/blob/<branch>/<file>",
    "https://github.com/acme/catalog/blob": "as its page on GitHub has it",
    "https://github.com/acme/catalog/commits/main/all.yaml": "as its page on GitHub has it",
    "https://raw.githubusercontent.com/acme/catalog/main/a/all.yaml": (
        "write https://github.com/acme/catalog/blob/main/a/all.yaml"
    ),
    "https://raw.githubusercontent.com/acme/catalog/refs/heads/main/all.yaml": (
        "write https://github.com/acme/catalog/blob/main/all.yaml"
    ),
    "https://gitlab.com/acme/catalog/-/raw/main/all.yaml": "write https://gitlab.com/<group>/<project>/-/blob",
    "https://git.acme.example/acme/catalog/src/all.yaml": "as its page on GitHub has it",
    "https://other.acme.example/all.yaml": "allow: [{host: other.acme.example}]",
    "https://git.acme.example:8443/acme/catalog/blob/main/all.yaml": "allow: [{host: git.acme.example:8443}]",
    "https://ported.acme.example/all.yaml": "on a host that the portal reads",
    "https://narrow.acme.example/elsewhere/all.yaml": "on a host that the portal reads",
    "https://acme.test/all.yaml": "on a host that the portal reads",
    "https://[github.com/all.yaml": "with its scheme",
    "https://git.acme.example:port/all.yaml": "with its scheme",
}
HOSTS = """{
    integrations: {github: [{host: git.acme.example, apiBaseUrl: 'https://git.acme.example/api/v3'}]},
    backend: {reading: {allow: [
      {host: files.acme.example}, {host: '*.acme.test'}, {host: 'ported.acme.example:8000-9000'},
      {host: narrow.acme.example, paths: [/catalog]}]}}}
"""


@pytest.mark.parametrize("address", READABLE)
def test_an_address_that_backstage_reads_is_taken(address: str, checkout: Checkout) -> None:
    assert address_problem(plan_with(checkout, HOSTS), address) is None


@pytest.mark.parametrize(("address", "expected"), UNREADABLE.items(), ids=UNREADABLE)
def test_an_address_that_backstage_cannot_read_is_a_sentence(address: str, expected: str, checkout: Checkout) -> None:
    problem = address_problem(plan_with(checkout, HOSTS), address)
    assert problem is not None
    assert says(" ".join(problem), expected), problem


LOCATIONS = {
    "{type: url, target: 'https://github.com/acme/catalog'}": "catalog.locations[0].target: got https://github.com/acme",
    "{type: github, target: 'https://github.com/a/b/blob/c/d'}": "locations[0].type: got github, expected file or url",
    "{type: files, target: ./content/catalog/all.yaml}": "locations[0].type: got files ... did you mean file",
    "{type: file, target: ../../examples/org.yaml}": "target: got ../../examples/org.yaml ... in the image",
    "{type: file, target: /etc/passwd}": "target: got /etc/passwd ... in the image",
    "{type: file, target: ./content/catalog/none.yaml}": "target: got ./content/catalog/none.yaml ... in the image",
    "{type: file, target: ./content/../portal.yaml}": "target: got ./content/../portal.yaml ... in the image",
    "{type: file, target: 'content/**none'}": "target: got content/**none ... in the image",
}


@pytest.mark.parametrize(("location", "expected"), LOCATIONS.items(), ids=LOCATIONS)
def test_a_location_that_nothing_reads_is_a_sentence(location: str, expected: str, checkout: Checkout) -> None:
    found = list(check_catalog_locations(plan_with(checkout, f"{{catalog: {{locations: [{location}]}}}}")))
    assert len(found) == 1
    assert says(found[0].sentence, f"stacks/Pulumi.local.yaml ... {expected}"), found[0].sentence


def test_a_location_of_portal_yaml_is_named_by_its_line(checkout: Checkout) -> None:
    portal = checkout.portal_file
    portal.write_text(
        portal.read_text().replace("- file: content/", "- url: https://github.com/acme/\n    - file: content/")
    )
    found = [error.sentence for error in check_catalog_locations(load_plan(checkout, "local"))]
    assert len(found) == 1
    assert "catalog.locations[0].url" in found[0]
    line = portal.read_text().splitlines().index("    - url: https://github.com/acme/") + 1
    assert found[0].startswith(f"portal.yaml:{line}:")


@pytest.mark.parametrize(
    "target", ["./content/catalog/all.yaml", "content/catalog/*.yaml", "/app/content/catalog/all.yaml", "${FILE}"]
)
def test_a_file_of_the_image_is_taken(target: str, checkout: Checkout) -> None:
    location = f"{{catalog: {{locations: [{{type: file, target: '{target}'}}]}}}}"
    assert list(check_catalog_locations(plan_with(checkout, location))) == []


def test_a_misspelled_kind_in_a_rule_is_a_sentence(checkout: Checkout) -> None:
    rules = "{catalog: {rules: [{allow: [Componet, api, Workspace, {kind: Ressource}]}]}}"
    found = [error.sentence for error in check_catalog_rules(plan_with(checkout, rules))]
    assert [says(one, "got Componet ... did you mean Component") for one in found] == [True, False]
    assert says(found[1], "catalog.rules[0].allow[3].kind: got Ressource ... did you mean Resource")


def test_a_misspelled_kind_in_a_locations_rules_is_a_sentence(checkout: Checkout) -> None:
    rules = "[{type: file, target: ./content/catalog/all.yaml, rules: [{allow: [Users]}]}]"
    found = [
        error.sentence for error in check_catalog_rules(plan_with(checkout, f"{{catalog: {{locations: {rules}}}}}"))
    ]
    assert [says(one, "catalog.locations[0].rules[0].allow[0]: got Users ... did you mean User") for one in found] == [
        True
    ]
