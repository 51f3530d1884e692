"""Image chains, on images made by hand."""

from __future__ import annotations

from dataclasses import FrozenInstanceError

import pytest

from bstgraph.errors import SelectionError
from bstgraph.graph import Graph
from bstgraph.images import Filter, ImageChain, Stage, image_chain, image_targets, is_image
from bstgraph.provenance import Provenance
from bstgraph.scopes import Scope
from tests.unit.builders import dependency, element, external
from tests.unit.image_builders import compose, dakota, filtered, script, stack, staged


def stage(chain: ImageChain, name: str) -> Stage:
    """Return the first stage of this name."""
    return next(found for _, found in chain.walk() if found.name == name)


def shape(chain: ImageChain) -> list[str]:
    """Return each stage as `depth role name`, with a star when it is repeated."""
    return [
        f"{depth} {found.role} {found.name.removesuffix('.bst')}{'*' if found.repeated else ''}"
        for depth, found in chain.walk()
    ]


class TestShape:
    def test_from_the_script_to_the_packages(self) -> None:
        assert shape(image_chain(dakota(), "oci/image.bst")) == [
            "0 script oci/image",
            "1 tool build-oci",
            "1 tool libc",
            "1 layer oci/layer",
            "2 compose oci/runtime",
            "3 stack deps",
            "4 package app",
            "4 package docs",
            "4 filter app-data",
            "5 package app",
            "4 stack platform",
            "5 package glib",
            "1 parent oci/base",
            "2 tool build-oci",
            "2 layer oci/base-layer",
            "3 stack platform*",
        ]

    def test_layers_and_parents(self) -> None:
        chain = image_chain(dakota(), "oci/image.bst")
        assert chain.target == "oci/image.bst"
        assert [found.name for found in chain.layers] == ["oci/layer.bst"]
        assert [found.name for found in chain.parents] == ["oci/base.bst"]

    def test_a_dependency_with_two_configurations_is_staged_twice(self) -> None:
        both = script("s.bst", staged("a.bst", "/b", "/a"), staged("b.bst", "/a"))
        chain = image_chain(
            Graph.from_elements([element("a.bst"), element("b.bst"), both]), "s.bst"
        )
        found = [(found.location, found.name) for found in chain.root.children]
        assert found == [("/a", "a.bst"), ("/a", "b.bst"), ("/b", "a.bst")]

    def test_a_configuration_without_location_is_the_root(self) -> None:
        entry = staged("a.bst").model_copy(update={"config": ({},)})
        chain = image_chain(
            Graph.from_elements([element("a.bst"), script("s.bst", entry)]), "s.bst"
        )
        assert chain.root.children[0].location == "/"

    @pytest.mark.parametrize(("install_root", "role"), [("/", "layer"), ("/out", "tool")])
    def test_what_a_script_stages_at_the_root(self, install_root: str, role: str) -> None:
        only = script("s.bst", tools="all.bst", install_root=install_root)
        graph = Graph.from_elements([element("a.bst"), stack("all.bst", "a.bst"), only])
        [found] = image_chain(graph, "s.bst").root.children
        assert found.role == role
        assert bool(found.children) == (role == "layer")

    def test_a_script_that_is_no_image_is_no_parent(self) -> None:
        inner = script("inner.bst", tools="a.bst")
        outer = script("outer.bst", staged("inner.bst", "/data"))
        graph = Graph.from_elements([element("a.bst"), inner, outer])
        [found] = image_chain(graph, "outer.bst").root.children
        assert (found.role, found.children) == ("layer", ())

    def test_variants_share_a_parent_without_repeating_it(self) -> None:
        elements = [element("a.bst"), script("base.bst", staged("a.bst", "/layer"))]
        elements += [
            script(f"v{n}.bst", staged(f"v{n - 1}.bst" if n else "base.bst", "/p", "/q"))
            for n in range(30)
        ]
        chain = image_chain(Graph.from_elements(elements), "v29.bst")
        # Each image is opened once and named once more; every path of its own would be 2 ** 30.
        assert len(shape(chain)) == 1 + 2 * 30 + 1

    def test_stacks_may_nest_deeper_than_python_recurses(self) -> None:
        depth = 5000
        elements = [element("s0.bst")]
        elements += [stack(f"s{n}.bst", f"s{n - 1}.bst") for n in range(1, depth)]
        elements += [script("image.bst", staged(f"s{depth - 1}.bst", "/layer"))]
        chain = image_chain(Graph.from_elements(elements), "image.bst")
        assert sum(1 for _ in chain.walk()) == depth + 1
        assert chain.layers[0].packages == 1

    def test_an_external_element_is_a_stage_and_a_gap(self) -> None:
        graph = Graph.from_elements(
            [script("s.bst", staged("sdk.bst:layer.bst", "/layer"))],
            externals=[external("sdk.bst:layer.bst")],
        )
        chain = image_chain(graph, "s.bst")
        assert shape(chain) == ["0 script s", "1 external sdk.bst:layer"]
        [gap] = chain.gaps
        assert "no checkout of it" in gap

    def test_gaps_of_elements_are_folded(self) -> None:
        odd = [
            element(f"{n}.bst").model_copy(update={"gaps": ("its plugin is unknown",)})
            for n in "abc"
        ]
        graph = Graph.from_elements(
            [*odd, stack("all.bst", "a.bst", "b.bst", "c.bst"), script("s.bst", tools="all.bst")]
        )
        assert image_chain(graph, "s.bst").gaps == ("a.bst and 2 more: its plugin is unknown",)

    def test_each_stage_says_where_it_is_written(self) -> None:
        chain = image_chain(dakota(), "oci/image.bst")
        assert chain.root.provenance == Provenance("elements/oci/image.bst", 1, 1)
        assert stage(chain, "oci/layer.bst").provenance == Provenance("elements/x.bst", 9, 3)

    def test_a_chain_is_frozen_and_equal_to_itself(self) -> None:
        chain = image_chain(dakota(), "oci/image.bst")
        assert chain == image_chain(dakota(), "oci/image.bst")
        assert repr(chain) == "<ImageChain 'oci/image.bst': 16 stages>"
        with pytest.raises(FrozenInstanceError):
            chain.root.members = 3  # type: ignore[misc]  # the point of the test


class TestAmounts:
    """What comes with an element is its runtime closure; a compose holds its build scope."""

    @pytest.mark.parametrize(
        ("name", "members", "elements", "packages"),
        [
            # deps, app, docs, app-data, platform, glib, libc; not the stacks, app and app-data once
            ("deps.bst", 4, 7, 4),
            ("platform.bst", 1, 3, 2),
            ("app.bst", 0, 3, 3),
            ("app-data.bst", 1, 3, 3),
            ("oci/runtime.bst", 1, 7, 4),
            # One element is staged, and the files in it are of the same four packages.
            ("oci/layer.bst", 1, 1, 4),
            # build-oci, glib, libc, the layer and the parent.
            ("oci/image.bst", 4, 5, 4),
            ("oci/base.bst", 2, 4, 2),
        ],
    )
    def test_counts(self, name: str, members: int, elements: int, packages: int) -> None:
        found = stage(image_chain(dakota(), "oci/image.bst"), name)
        assert (found.members, found.elements, found.packages) == (members, elements, packages)

    def test_elements_are_those_of_the_scopes(self) -> None:
        graph = dakota()
        for _, found in image_chain(graph, "oci/image.bst").walk():
            if found.kind in ("compose", "script"):
                expected = len(graph.dependencies_of(found.name, scope=Scope.BUILD))
            else:
                expected = len(graph.dependencies_of(found.name, scope=Scope.RUN)) + 1
            assert found.elements == expected, found.name

    def test_a_repeated_stage_has_the_same_counts(self) -> None:
        chain = image_chain(dakota(), "oci/image.bst")
        first, again = [found for _, found in chain.walk() if found.name == "platform.bst"]
        assert again.repeated
        assert not first.repeated
        assert (first.elements, first.packages) == (again.elements, again.packages)

    def test_a_filter_has_no_files_of_what_its_parent_needs(self) -> None:
        graph = Graph.from_elements(
            [
                element("libc.bst"),
                element("all.bst", runtime="libc.bst"),
                filtered("part.bst", "all.bst"),
                script("s.bst", staged("part.bst", "/layer")),
            ]
        )
        [layer] = image_chain(graph, "s.bst").layers
        assert (layer.elements, layer.packages) == (1, 1)


class TestFilters:
    """Filters add up on the way from a layer down to a package."""

    def test_excluded_domains_add_up(self) -> None:
        chain = image_chain(dakota(), "oci/image.bst")
        assert stage(chain, "oci/layer.bst").effective == Filter(exclude=("debug",), integrate=True)
        runtime = stage(chain, "oci/runtime.bst")
        assert runtime.filter == Filter(exclude=("devel",), integrate=True)
        assert runtime.effective == Filter(exclude=("debug", "devel"), integrate=True)
        assert stage(chain, "docs.bst").effective == runtime.effective
        assert stage(chain, "docs.bst").filter is None

    def test_a_parent_image_begins_anew(self) -> None:
        chain = image_chain(dakota(), "oci/image.bst")
        assert stage(chain, "oci/base.bst").effective is None

    @pytest.mark.parametrize(
        ("lower", "upper", "both"),
        [
            (None, None, None),
            (("a",), None, ("a",)),
            (None, ("a",), ("a",)),
            (("a", "b"), ("b", "c"), ("b",)),
            (("a",), ("b",), ()),
        ],
    )
    def test_included_domains_intersect(
        self,
        lower: tuple[str, ...] | None,
        upper: tuple[str, ...] | None,
        both: tuple[str, ...] | None,
    ) -> None:
        assert Filter(include=lower).under(Filter(include=upper)).include == both

    def test_nothing_above_changes_nothing(self) -> None:
        rules = Filter(exclude=("b", "a"))
        assert rules.under(None) is rules

    @pytest.mark.parametrize(
        ("rules", "passes"),
        [
            (Filter(), True),
            (Filter(integrate=True), True),
            (Filter(include=()), False),
            (Filter(exclude=("a",)), False),
            (Filter(orphans=False), False),
            (Filter(exclude_paths=("/usr",)), False),
        ],
    )
    def test_passes_all(self, rules: Filter, *, passes: bool) -> None:
        assert rules.passes_all is passes

    def test_a_filter_element_drops_orphans(self) -> None:
        assert stage(image_chain(dakota(), "oci/image.bst"), "app-data.bst").effective == Filter(
            include=("data",), exclude=("debug", "devel"), orphans=False, integrate=True
        )

    def test_paths_of_the_runbook(self) -> None:
        layer = compose("l.bst", "a.bst", paths={"include": ["/usr"], "exclude": ["/usr/include"]})
        graph = Graph.from_elements(
            [element("a.bst"), layer, script("s.bst", staged("l.bst", "/layer"))]
        )
        [found] = image_chain(graph, "s.bst").layers
        assert found.filter == Filter(
            include_paths=("/usr",), exclude_paths=("/usr/include",), integrate=True
        )


class TestTargets:
    def test_only_outer_images(self) -> None:
        assert image_targets(dakota()) == ("oci/image.bst",)

    def test_targets_that_others_are_built_from_count_too(self) -> None:
        elements = dakota().elements.values()
        graph = Graph.from_elements(elements, targets=["oci/base.bst", "oci/image.bst"])
        assert image_targets(graph) == ("oci/base.bst", "oci/image.bst")

    def test_a_script_at_the_root_only_is_no_image(self) -> None:
        plain = script("s.bst", tools="a.bst")
        graph = Graph.from_elements([element("a.bst"), plain])
        assert image_targets(graph) == ()
        assert not is_image(plain)

    def test_locations_of_other_kinds_make_no_image(self) -> None:
        manual = element("m.bst", staged("a.bst", "/sysroot"))
        assert not is_image(manual)
        assert is_image(script("x.bst", staged("a.bst", "/sysroot"), kind="x86image"))

    def test_what_a_script_only_needs_at_run_time_is_not_staged(self) -> None:
        odd = script("s.bst", staged("a.bst", "/x"), dependency("b.bst", "runtime"))
        chain = image_chain(Graph.from_elements([element("a.bst"), element("b.bst"), odd]), "s.bst")
        assert [found.name for found in chain.root.children] == ["a.bst"]

    def test_external_elements_below_a_stack(self) -> None:
        graph = Graph.from_elements(
            [stack("all.bst", "sdk.bst:a.bst"), script("s.bst", staged("all.bst", "/layer"))],
            externals=[external("sdk.bst:a.bst")],
        )
        chain = image_chain(graph, "s.bst")
        assert shape(chain)[2] == "2 external sdk.bst:a"
        assert (chain.layers[0].elements, chain.layers[0].packages) == (2, 0)


class TestErrors:
    def test_the_scripts_above_are_named(self) -> None:
        with pytest.raises(SelectionError, match=r"'deps\.bst' is a stack") as caught:
            image_chain(dakota(), "deps.bst")
        assert caught.value.slug == "no-chain"
        assert caught.value.fix == "ask for a script that is built from it: 'oci/image.bst'"

    def test_without_scripts_above(self) -> None:
        with pytest.raises(SelectionError) as caught:
            image_chain(Graph.from_elements([element("a.bst")]), "a.bst")
        assert "bstgraph check" in str(caught.value.fix)

    def test_an_unknown_target(self) -> None:
        with pytest.raises(SelectionError) as caught:
            image_chain(dakota(), "oci/imag.bst")
        assert caught.value.slug == "unknown-element"
