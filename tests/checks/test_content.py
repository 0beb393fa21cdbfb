"""What is in content/ is what Backstage's catalog takes; each mistake is a sentence with its file and line."""

from __future__ import annotations

import pytest

from portal.base.checkout import Checkout
from portal.checks import findings
from portal.checks.content_references import reference_findings
from portal.plan import load_plan
from tests.support.cases import says

ALL = "content/catalog/all.yaml"
PEOPLE = "content/catalog/organization.yaml"
GROUP = """---
apiVersion: backstage.io/v1alpha1
kind: Group
metadata: {name: payments}
spec: {type: team, children: []}
"""


def sentences(checkout: Checkout, stack: str = "local") -> list[str]:
    return [error.sentence for error in findings(load_plan(checkout, stack))]


def write(checkout: Checkout, text: str, name: str = "content/catalog/mine.yaml") -> None:
    """A file that the catalog reads, beside what is there."""
    (checkout.root / name).write_text(text)
    root = checkout.root / ALL
    root.write_text(root.read_text().rstrip() + "\n    - ./mine.yaml\n")


def component(**changes: str) -> str:
    values = {
        "kind": "Component",
        "apiVersion": "backstage.io/v1alpha1",
        "metadata": "{name: shop}",
        "spec": "{type: website, lifecycle: production, owner: group:default/platform}",
        **changes,
    }
    return "".join(f"{key}: {value}\n" for key, value in values.items() if value)


def test_content_without_mistakes_is_accepted(checkout: Checkout) -> None:
    write(checkout, component() + GROUP)
    assert sentences(checkout) == []


MISTAKES = {
    "broken YAML": (component(metadata="{name: shop"), "mine.yaml:4 ... the YAML is broken"),
    "a key twice": (component() + "kind: API\n", "mine.yaml:5 kind: got the key a second time"),
    "no mapping": ("- one\n", "mine.yaml: The file holds a list"),
    "a kind of no kind": (component(kind="Gruop"), "mine.yaml:1: kind: got Gruop ... did you mean Group"),
    "a kind in another case": (
        component(kind="component"),
        "mine.yaml:1: kind: got component ... write kind: Component",
    ),
    "a kind that no rule allows": (component(kind="Workspace"), "mine.yaml:1: kind: got Workspace ... rules"),
    "no kind": (component(kind=""), "kind: got nothing"),
    "no version": (component(apiVersion=""), "apiVersion: got nothing ... backstage io v1alpha1"),
    "a version of Kubernetes": (component(apiVersion="v1"), "mine.yaml:2: apiVersion: got v1"),
    "a key of the spec at the top": (
        component(owner="platform"),
        "mine.yaml:5: owner: got a key that entities do not have",
    ),
    "no metadata": (component(metadata=""), "metadata: got nothing"),
    "no name": (component(metadata="{title: Shop}"), "mine.yaml:3: metadata.name: got nothing"),
    "a name with a blank": (component(metadata="{name: My shop}"), "mine.yaml:3: metadata.name: got My shop"),
    "a number as a name": (component(metadata="{name: 4711}"), "metadata.name: got 4711 ... put it in quotes"),
    "a long name": (component(metadata=f"{{name: {'a' * 64}}}"), "metadata.name: got ... at most 63"),
    "a namespace": (component(metadata="{name: shop, namespace: My_Team}"), "metadata.namespace: got My_Team"),
    "an annotation that is a number": (
        component(metadata="{name: shop, annotations: {acme.example/cost-center: 4711}}"),
        "metadata.annotations.acme.example/cost-center: got 4711, expected text. Put it in quotes",
    ),
    "an annotation's key": (component(metadata="{name: shop, annotations: {a/b/c: d}}"), "got this key"),
    "a label": (component(metadata="{name: shop, labels: {team: 'The team'}}"), "metadata.labels.team: got The team"),
    "a tag": (component(metadata="{name: shop, tags: [Java Script]}"), "metadata.tags[0]: got Java Script"),
    "tags that are no list": (component(metadata="{name: shop, tags: java}"), "metadata.tags: got java"),
    "a link": (
        component(metadata="{name: shop, links: [{url: acme.example}]}"),
        "metadata.links[0].url: got acme.example",
    ),
    "no spec": (component(spec=""), "spec: got nothing ... type, lifecycle, owner"),
    "no owner": (component(spec="{type: website, lifecycle: production}"), "mine.yaml:4: spec.owner: got nothing"),
    "an owner that is a list": (
        component(spec="{type: a, lifecycle: b, owner: [a]}"),
        "spec.owner: got ... expected text",
    ),
    "a group without children": (
        component(kind="Group", spec="{type: team}"),
        "spec.children: got nothing, expected a list. Write children: []",
    ),
    "a text from another file": (
        component(kind="API", spec="{type: openapi, lifecycle: a, owner: platform, definition: {$text: ./api.yaml}}"),
        "spec.definition.$text: got ./api.yaml, expected an address",
    ),
    "a reference without its kind": (
        component(spec="{type: a, lifecycle: b, owner: platform, dependsOn: [portal-database]}"),
        "spec.dependsOn[0]: got portal-database, expected a reference with its kind",
    ),
    "an owner that nobody is": (
        component(spec="{type: a, lifecycle: b, owner: group:default/platfrom}"),
        "mine.yaml:4: spec.owner: got group:default/platfrom ... did you mean group:default/platform",
    ),
    "an owner of another team": (
        component(spec="{type: a, lifecycle: b, owner: sales}"),
        "nothing brings group:default/sales",
    ),
    "a slip in a system": (
        component(spec="{type: a, lifecycle: b, owner: platform, system: developer-protal}"),
        "spec.system: got developer-protal ... did you mean system:default/developer-portal",
    ),
    "an entity twice": (
        component(metadata="{name: portal}"),
        "mine.yaml:3: metadata.name: got component:default/portal a second time ... portal.yaml:13",
    ),
}


@pytest.mark.parametrize(("text", "expected"), MISTAKES.values(), ids=MISTAKES)
def test_a_mistake_in_content_is_a_sentence(text: str, expected: str, checkout: Checkout) -> None:
    write(checkout, text)
    found = sentences(checkout)
    assert any(says(sentence, expected) for sentence in found), found
    assert all("\n" not in sentence for sentence in found)


def test_a_file_in_another_encoding_is_a_sentence(checkout: Checkout) -> None:
    (checkout.root / PEOPLE).write_bytes((checkout.root / PEOPLE).read_text().encode("utf-16"))
    assert sentences(checkout) == [f"{PEOPLE}: The file is not UTF-8 (at byte 0). Save it as UTF-8."]


@pytest.mark.parametrize(
    ("written", "expected"),
    [
        (
            "./organisation.yaml",
            "all.yaml:9: spec.targets[0]: got ./organisation.yaml ... did you mean ./organization.yaml",
        ),
        ("organization.yaml", "spec.targets[0]: got organization.yaml ... write ./organization.yaml"),
        ("../../portal.yaml", "spec.targets[0]: got ../../portal.yaml ... below content/"),
        ("./nobody-*.yaml", "spec.targets[0]: got ./nobody-*.yaml"),
        ("12", "spec.targets[0]: got 12, expected the name of a file"),
    ],
)
def test_a_file_that_a_location_names_is_there(written: str, expected: str, checkout: Checkout) -> None:
    root = checkout.root / ALL
    root.write_text(root.read_text().replace("./organization.yaml", written))
    found = sentences(checkout)
    assert any(says(sentence, expected) for sentence in found), found


def test_a_location_names_files_by_a_pattern_from_the_apps_folder_or_optionally(checkout: Checkout) -> None:
    root = checkout.root / ALL
    for written in ("./organ*.yaml", "content/catalog/organization.yaml"):
        root.write_text((root.read_text()).replace("./organization.yaml", written))
        assert sentences(checkout) == []
        root.write_text((root.read_text()).replace(written, "./organization.yaml"))
    root.write_text(
        root.read_text() + "---\n" + component(kind="Location", spec="{presence: optional, target: ./no.yaml}")
    )
    assert sentences(checkout) == []


def test_files_that_nothing_names_are_not_read(checkout: Checkout) -> None:
    (checkout.content / "templates" / "skeleton.yaml").write_text("name: ${{ values.name }}\n{%- if x %}")
    assert sentences(checkout) == []


def test_addresses_in_locations_are_checked_and_may_bring_anything(checkout: Checkout) -> None:
    location = "{type: url, target: https://github.com/acme/catalog}"
    write(checkout, component(kind="Location", spec=location))
    assert [says(one, "mine.yaml:4: spec.target ... blob") for one in sentences(checkout)] == [True]
    owned = component(metadata="{name: other}", spec="{type: a, lifecycle: b, owner: sales}")
    readable = location.replace("catalog}", "catalog/blob/main/all.yaml}")
    write(checkout, component(kind="Location", spec=readable) + "---\n" + owned)
    assert sentences(checkout) == []


def test_a_component_that_people_register_may_be_named(checkout: Checkout) -> None:
    """Anybody may register one, so only a slip of the hand is certain to be a mistake."""
    named = "[component:default/registered-later, resource:default/portal-database-2]"
    write(checkout, component(spec=f"{{type: a, lifecycle: b, owner: platform, dependsOn: {named}}}"))
    assert sentences(checkout) == []


def test_an_own_kind_is_taken_where_a_rule_allows_it(checkout: Checkout) -> None:
    rules = "appConfig:\n  catalog:\n    rules: [{allow: [Component, Workspace]}]\n"
    checkout.portal_file.write_text(checkout.portal_file.read_text().partition("appConfig:")[0] + rules)
    write(checkout, component(kind="Workspace", apiVersion="acme.example/v1", spec="{anything: 1}"))
    assert sentences(checkout) == []


def people(checkout: Checkout, *names: str) -> None:
    """Only these Users in the catalog, and people sign in by email address."""
    file = checkout.root / PEOPLE
    first = file.read_text().partition("---\n")[0]
    user = (
        "---\napiVersion: backstage.io/v1alpha1\nkind: User\nmetadata: {{name: {}}}\n"
        "spec: {{profile: {{email: ada@acme.example}}, memberOf: []}}\n"
    )
    file.write_text(first + "".join(user.format(name) for name in names))
    stack = checkout.stack_file("local")
    stack.write_text(
        stack.read_text().replace("{provider: guest}", "{provider: oidc, issuer: https://id.acme.example}")
    )


@pytest.mark.parametrize("names", [(), ("guest, namespace: development",)])
def test_a_portal_that_nobody_could_enter_is_refused(names: tuple[str, ...], checkout: Checkout) -> None:
    people(checkout, *names)
    assert any("so nobody could enter" in sentence for sentence in sentences(checkout))


@pytest.mark.parametrize(
    "app_config",
    [
        "{catalog: {locations: [{type: url, target: 'https://github.com/a/b/blob/main/c', rules: [{allow: [User]}]}]}}",
        "{catalog: {rules: [{allow: [User]}], locations: [{type: url, target: 'https://github.com/a/b/blob/main/c'}]}}",
    ],
)
def test_people_may_come_from_a_location(app_config: str, checkout: Checkout) -> None:
    people(checkout)
    stack = checkout.stack_file("local")
    stack.write_text(stack.read_text() + f"  portal:appConfig: {app_config}\n")
    assert not any("so nobody could enter" in sentence for sentence in sentences(checkout))


def test_one_person_is_enough(checkout: Checkout) -> None:
    people(checkout, "guest, namespace: development", "ada")
    assert not any("so nobody could enter" in sentence for sentence in sentences(checkout))


def test_the_content_of_a_pinned_release_is_not_looked_for(checkout: Checkout) -> None:
    plan = load_plan(checkout, "local")
    assert list(reference_findings(plan, (), elsewhere=False)) == []
