"""What a compose or filter makes of paths, over elements made by hand."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import ClassVar

import pytest

from bstgraph.admission import Admission, Integration, admission, unknown_domains
from bstgraph.errors import SelectionError
from bstgraph.files import Directory, File, Untyped, tree_of
from bstgraph.graph import Graph
from bstgraph.model import Element, SplitRules
from bstgraph.names import ElementName
from bstgraph.provenance import Provenance
from tests.unit.builders import element
from tests.unit.image_builders import compose, filtered, script

RULES = {"devel": ["/usr/include", "/usr/include/**"], "doc": ["/usr/share/doc/**"]}
OTHER = {**RULES, "devel": ["/usr/include/**"], "extra": ["/opt/**"]}


def package(
    name: str,
    rules: Mapping[str, Sequence[str]] = RULES,
    *,
    kind: str = "manual",
    commands: Sequence[str] = (),
    depends: Sequence[str] = (),
) -> Element:
    bst = {"split-rules": rules, "integration-commands": list(commands)}
    made = element(name, *depends, kind=kind)
    return made.model_copy(update={"public": {"bst": bst}})


def graph(*elements: Element) -> Graph:
    return Graph.from_elements(elements)


def verdicts(found: Collection[Admission]) -> list[str]:
    return [one.verdict for one in found]


A, B = package("a.bst"), package("b.bst", OTHER, commands=["ldconfig"])
LAYER = compose("layer.bst", "a.bst b.bst", exclude=["devel"])
GRAPH = graph(A, B, LAYER)


class TestRules:
    """Without contents: what the rules of all that is staged say, or of the element named."""

    def test_they_agree_or_it_depends(self) -> None:
        found = list(
            admission(GRAPH, "layer.bst", ["/usr/include/a.h", "usr/include", "/usr/bin/"])
        )
        assert [(one.path, one.verdict) for one in found] == [
            ("usr/include/a.h", "dropped"),
            ("usr/include", "depends"),
            ("usr/bin", "admitted"),
        ]
        assert [
            (judgement.elements, judgement.decision.admitted, judgement.decision.by)
            for judgement in found[1].judgements
        ] == [(("b.bst",), True, "orphans"), (("a.bst",), False, "exclude")]
        assert {one.rule for one in found} == {"buildstream"}

    def test_elements_whose_rules_decide_alike_are_together(self) -> None:
        (found,) = admission(GRAPH, "layer.bst", ["usr/include/a.h"])
        assert [judgement.elements for judgement in found.judgements] == [("a.bst", "b.bst")]

    def test_the_element_is_named(self) -> None:
        asked = [("a.bst", "usr/include"), ("b.bst", "usr/include"), ("layer.bst", "usr")]
        found = list(admission(GRAPH, "layer.bst", asked))
        assert verdicts(found) == ["dropped", "admitted", "not-staged"]

    def test_integration(self) -> None:
        (found,) = admission(GRAPH, "layer.bst", ["usr"])
        assert found.subject_to == (Integration(element=ElementName("b.bst"), command="ldconfig"),)

    def test_a_stack_has_no_files_but_commands(self) -> None:
        made = graph(
            A,
            package("deps.bst", {}, kind="stack", depends=["a.bst"], commands=["x"]),
            compose("c.bst", "deps.bst", exclude=["devel"]),
        )
        (found,) = admission(made, "c.bst", ["usr/include"])
        assert (found.verdict, len(found.judgements), len(found.subject_to)) == ("dropped", 1, 1)

    def test_where_the_list_is_written(self) -> None:
        at = Provenance("elements/layer.bst", 4, 3)
        own = Provenance("BuildStream:compose.yaml", 1, 1)
        settings = LAYER.settings.model_copy(update={"places": {"exclude": at, "include": own}})
        made = graph(A, B, LAYER.model_copy(update={"settings": settings}))
        dropped, passed = admission(made, "layer.bst", ["usr/include/a", "usr/share/doc/x"])
        assert dropped.judgements[0].config_at == at
        assert passed.judgements[0].config_at is None

    def test_the_runbook(self) -> None:
        made = graph(A, compose("c.bst", "a.bst", paths={"include": ["/usr"]}))
        found = list(admission(made, "c.bst", ["usr/x", "opt/x"]))
        assert verdicts(found) == ["admitted", "dropped"]
        assert {one.rule for one in found} == {"runbook"}


class TestFilter:
    def test_only_the_parent_counts(self) -> None:
        made = graph(A, B, filtered("f.bst", "a.bst", runtime="b.bst", include=["devel"]))
        asked: list[str | tuple[str, str]] = ["usr/include", "usr/bin", ("b.bst", "usr/include/x")]
        found = list(admission(made, "f.bst", asked))
        assert verdicts(found) == ["admitted", "dropped", "not-staged"]
        assert [one.failure for one in found] == [""] * 3

    def test_a_domain_that_the_parent_lacks(self) -> None:
        made = graph(A, filtered("f.bst", "a.bst", include=["extra", "devel"]))
        (found,) = admission(made, "f.bst", ["usr/include"])
        assert found.failure == (
            "'a.bst' has no split domain 'extra', and a filter may name no other"
        )

    def test_rules_that_cannot_be_read(self) -> None:
        broken = package("a.bst", {"devel": ["/[b-a]"]})
        made = graph(broken, filtered("f.bst", "a.bst", include=["devel"]))
        (found,) = admission(made, "f.bst", ["usr"])
        assert "upside down" in found.failure
        whole = graph(broken, filtered("f.bst", "a.bst", orphans=True))
        (found,) = admission(whole, "f.bst", ["usr"])
        assert (found.failure, found.gaps) == ("", ())


class TestContents:
    """With contents the answer is that of BuildStream."""

    HELD: ClassVar[dict[ElementName, Directory | frozenset[str]]] = {
        ElementName("a.bst"): tree_of(
            [("usr/include/a.h", File()), ("usr/share/doc/x", Untyped()), ("usr/bin/a", Untyped())]
        ),
        ElementName("b.bst"): frozenset(("usr", "usr/include", "usr/include/a.h", "usr/share")),
    }

    def test_one_manifest_is_enough(self) -> None:
        asked = ["usr/include", "usr/include/a.h", "usr/bin/a", "nowhere"]
        found = list(admission(GRAPH, "layer.bst", asked, contents=self.HELD))
        assert verdicts(found) == ["admitted", "dropped", "admitted", "not-staged"]
        assert [len(one.judgements) for one in found] == [2, 1, 1, 0]
        assert {one.gaps for one in found} == {()}

    def test_the_element_is_named(self) -> None:
        asked = [("a.bst", "usr/include"), ("b.bst", "usr/bin/a")]
        found = list(admission(GRAPH, "layer.bst", asked, contents=self.HELD))
        assert verdicts(found) == ["dropped", "not-staged"]

    def test_a_directory_above_what_is_admitted(self) -> None:
        made = graph(A, compose("c.bst", "a.bst", include=["doc"], orphans=False))
        held = {ElementName("a.bst"): self.HELD[ElementName("a.bst")]}
        asked = ["usr/share", "usr/share/doc/x", "usr/include", "usr"]
        found = list(admission(made, "c.bst", asked, contents=held))
        assert [(one.verdict, one.as_parent) for one in found] == [
            ("admitted", True),
            ("admitted", False),
            ("dropped", False),
            ("admitted", True),
        ]

    def test_files_that_are_not_known(self) -> None:
        held = {ElementName("a.bst"): Directory({"x": File()}, "lost")}
        found = list(admission(GRAPH, "layer.bst", ["x", "y"], contents=held))
        assert [(one.verdict, one.gaps) for one in found] == [
            ("admitted", ()),
            (
                "not-staged",
                (
                    "a.bst: files in '/' may be missing: lost",
                    "it is not known what files these have: b.bst",
                ),
            ),
        ]
        many = [package(f"p{number}.bst") for number in range(5)]
        made = graph(*many, compose("c.bst", " ".join(one.name for one in many)))
        (lost,) = admission(made, "c.bst", ["x"], contents={})
        assert lost.gaps[0].endswith("p0.bst, p1.bst, p2.bst and 2 more")


class TestGaps:
    def test_rules_made_while_building(self) -> None:
        made = graph(package("a.bst", kind="dpkg_build"), compose("c.bst", "a.bst", exclude=["x"]))
        (found,) = admission(made, "c.bst", ["usr"])
        assert found.gaps == ("a.bst: a dpkg_build writes its split rules while it is built",)

    def test_rules_are_read_only_where_they_count(self) -> None:
        made = graph(package("a.bst", kind="dpkg_build"), compose("c.bst", "a.bst"))
        (found,) = admission(made, "c.bst", ["usr"])
        assert (found.verdict, found.gaps) == ("admitted", ())
        assert found.judgements[0].decision.by == "everything"


class TestErrors:
    def test_no_filter(self) -> None:
        with pytest.raises(SelectionError) as caught:
            admission(GRAPH, "a.bst", ["usr"])
        assert caught.value.slug == "no-filter"
        assert caught.value.fix == "ask for one that stages it: 'layer.bst'"
        made = graph(A, script("s.bst", tools="a.bst"))
        with pytest.raises(SelectionError, match="kind:compose"):
            unknown_domains(made, "s.bst")


class TestUnknownDomains:
    def test_what_nothing_has(self) -> None:
        layer = compose("c.bst", "a.bst b.bst", include=["extra", "odd"], exclude=["other"])
        found = unknown_domains(graph(A, B, layer), "c.bst")
        assert [(one.domain, one.key, one.known) for one in found] == [
            ("odd", "include", ("devel", "doc", "extra")),
            ("other", "exclude", ("devel", "doc", "extra")),
        ]

    @pytest.mark.parametrize(
        "open_one",
        [
            package("b.bst", {}),
            package("b.bst", kind="dpkg_build"),
            package("b.bst").model_copy(update={"gaps": ("its kind is not at hand",)}),
        ],
    )
    def test_none_while_something_is_not_at_hand(self, open_one: Element) -> None:
        layer = compose("c.bst", "a.bst b.bst", exclude=["other"])
        assert unknown_domains(graph(A, open_one, layer), "c.bst") == ()

    def test_stacks_have_domains_too(self) -> None:
        held = package("s.bst", OTHER, kind="stack", depends=["a.bst"])
        assert (
            unknown_domains(graph(A, held, compose("c.bst", "s.bst", exclude=["extra"])), "c.bst")
            == ()
        )


def test_edited_public_data_have_no_places() -> None:
    places = {"devel": (Provenance("project.conf", 1, 1),)}
    rules = SplitRules(domains={"devel": ("/x",)}, places=places)
    bst = {"split-rules": {"devel": ["/x"]}}
    made = A.model_copy(update={"public": {"bst": bst}, "written_splits": rules})
    assert made.split_rules is rules
    edited = made.model_copy(update={"public": {"bst": {"split-rules": {"devel": ["/y"]}}}})
    assert (edited.split_rules.domains, edited.split_rules.places) == ({"devel": ("/y",)}, {})
