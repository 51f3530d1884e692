"""What a check finds, on projects made by hand."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import Any

from bstgraph.findings import check

from bstgraph.model import DialectNote, Element, External, Project
from bstgraph.names import ElementName
from tests.unit.builders import element, external
from tests.unit.image_builders import compose, dakota, filtered, script, stack, staged


def project(
    elements: Iterable[Element],
    externals: Iterable[External] = (),
    **more: Any,  # noqa: ANN401
) -> Project:
    found = {each.name: each for each in elements}
    return Project(
        name="example",
        directory=Path(),
        targets=tuple(found)[-1:],
        elements=found,
        externals={each.name: each for each in externals},
        projects={},
        **more,
    )


def test_a_clean_project() -> None:
    report = check(project(dakota().elements.values()))
    assert report.findings == ()
    assert [chain.target for chain in report.chains] == ["oci/image.bst"]
    assert (report.project, report.elements, report.external) == ("example", 13, 0)


def test_externals_are_folded_by_junction() -> None:
    needs = ["sdk.bst:a.bst", "sdk.bst:b.bst", "sdk.bst:inner.bst:c.bst"]
    report = check(project([element("x.bst", *needs)], [external(name) for name in needs]))
    assert [(found.kind, found.elements, found.fix) for found in report.findings] == [
        ("external", tuple(needs[:2]), "give a checkout of it: --junction sdk.bst=DIR"),
        (
            "external",
            ("sdk.bst:inner.bst:c.bst",),
            "give a checkout of it: --junction sdk.bst:inner.bst=DIR",
        ),
    ]
    assert report.external == 3


def test_gaps_of_the_project_and_of_elements() -> None:
    odd = [element(f"{n}.bst").model_copy(update={"gaps": ("odd", n)}) for n in "ab"]
    report = check(project(odd, gaps=("something",)))
    assert [(found.message, found.elements) for found in report.findings] == [
        ("something", ()),
        ("odd", ("a.bst", "b.bst")),
        ("a", ("a.bst",)),
        ("b", ("b.bst",)),
    ]
    assert report.findings[1].at == odd[0].provenance


def test_notes_of_the_dialect_are_folded_by_form() -> None:
    notes = tuple(
        DialectNote(element=ElementName(f"{n}.bst"), claim="R3", message="a block", fix="config:")
        for n in "ab"
    )
    [found] = check(project([element("a.bst")], notes=notes, dialect="runbook")).findings
    assert (found.kind, found.message) == ("dialect", "a block (claim R3)")
    assert (found.fix, found.elements) == ("config:", ("a.bst", "b.bst"))


def test_a_stack_as_layer_is_found_once() -> None:
    elements = [
        element("a.bst"),
        stack("all.bst", "a.bst"),
        script("base.bst", staged("all.bst", "/layer")),
        script("one.bst", staged("base.bst", "/parent"), staged("a.bst", "/z")),
        script("two.bst", staged("base.bst", "/parent"), staged("all.bst", "/z")),
    ]
    made = project(elements).model_copy(
        update={"targets": (ElementName("one.bst"), ElementName("two.bst"))}
    )
    messages = [found.message for found in check(made).findings]
    assert messages == [
        f"'all.bst' is a stack: it has no files of its own, and '{name}' sees its whole runtime "
        f"closure at {location}, unfiltered: 2 elements"
        for name, location in (("base.bst", "/layer"), ("two.bst", "/z"))
    ]


def test_a_stack_at_the_root_is_no_layer_of_an_image() -> None:
    elements = [
        element("a.bst"),
        stack("all.bst", "a.bst"),
        script("s.bst", staged("a.bst", "/x"), tools="all.bst", install_root="/"),
    ]
    assert check(project(elements)).findings == ()


def test_unknown_domains_are_folded() -> None:
    bst: dict[str, Any] = {"bst": {"split-rules": {"devel": []}}}
    package = element("a.bst").model_copy(update={"public": bst})
    layers = [compose(f"{n}.bst", "a.bst", exclude=["extra", "devel"]) for n in "xy"]
    only = filtered("f.bst", "a.bst", include=["devle"])
    report = check(project([package, *layers, only]))
    assert [
        (found.kind, found.message, found.fix, found.elements) for found in report.findings
    ] == [
        (
            "unknown-domain",
            (
                "a compose has 'extra' in exclude, a split domain that nothing it stages has; "
                "BuildStream passes over it"
            ),
            "the domains are devel",
            ("x.bst", "y.bst"),
        ),
        (
            "unknown-domain",
            (
                "a filter has 'devle' in include, a split domain that nothing it stages has; "
                "BuildStream fails to build it"
            ),
            "did you mean 'devel'?",
            ("f.bst",),
        ),
    ]
