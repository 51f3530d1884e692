"""Selectors, one rule of their grammar after the other."""

from __future__ import annotations

import pytest

from bstgraph.errors import SelectionError
from bstgraph.graph import Graph
from bstgraph.scopes import Scope
from bstgraph.selection import select
from tests.unit.builders import element, external, short


def project() -> Graph:
    """Return an image of a stack of two packages, with a subproject of three elements."""
    return Graph.from_elements(
        [
            element("sdk.bst:libc.bst"),
            element("sdk.bst:base/shell.bst", "sdk.bst:libc.bst"),
            element("editor.bst", "sdk.bst:base/shell.bst", "sdk.bst:gtk.bst"),
            element("games/chess.bst", build="sdk.bst:libc.bst"),
            element("games/old/go.bst", "sdk.bst:libc.bst"),
            element("apps.bst", "editor.bst", "games/chess.bst", kind="stack"),
            element("oci/layers/apps.bst", build="apps.bst", kind="compose"),
            element("oci/image.bst", build="oci/layers/apps.bst", kind="script"),
        ],
        externals=[external("sdk.bst:gtk.bst")],
        targets=["oci/image.bst"],
    )


EVERYTHING = (
    "sdk.bst:libc sdk.bst:base/shell sdk.bst:gtk editor games/chess apps oci/layers/apps oci/image "
    "games/old/go"
)
GAP = "'sdk.bst:gtk.bst' is external: no checkout of it"


@pytest.mark.parametrize(
    ("selectors", "expected"),
    [
        # names
        ("editor.bst", "editor"),
        ("oci/image.bst editor.bst", "editor oci/image"),
        ("sdk.bst:gtk.bst", "sdk.bst:gtk"),
        # patterns: `*` and `?` stay in one part of a name, `**` does not
        ("*.bst", "editor apps"),
        ("games/*.bst", "games/chess"),
        ("games/**.bst", "games/chess games/old/go"),
        ("sdk.bst:*.bst", "sdk.bst:libc sdk.bst:gtk"),
        ("sdk.bst:**", "sdk.bst:libc sdk.bst:base/shell sdk.bst:gtk"),
        ("app?.bst", "apps"),
        ("**apps.bst", "apps oci/layers/apps"),
        ("*games/chess.bst", "games/chess"),
        # kinds and projects
        ("kind:compose", "oci/layers/apps"),
        ("kind:s*", "apps oci/image"),
        ("kind:stac?", "apps"),
        ("project:sdk", "sdk.bst:libc sdk.bst:base/shell"),
        # dependencies and dependants
        ("+editor.bst", "sdk.bst:libc sdk.bst:base/shell sdk.bst:gtk editor"),
        ("1+editor.bst", "sdk.bst:base/shell sdk.bst:gtk editor"),
        ("2+editor.bst", "sdk.bst:libc sdk.bst:base/shell sdk.bst:gtk editor"),
        ("0+editor.bst+0", "editor"),
        ("editor.bst+", "editor apps oci/layers/apps oci/image"),
        ("editor.bst+1", "editor apps"),
        ("editor.bst+2", "editor apps oci/layers/apps"),
        ("1+games/chess.bst+1", "sdk.bst:libc games/chess apps"),
        ("+kind:stack+", EVERYTHING.removesuffix(" games/old/go")),
        ("1+games/**", "sdk.bst:libc games/chess games/old/go"),
        # intersections
        ("+editor.bst,sdk.bst:*.bst", "sdk.bst:libc sdk.bst:gtk"),
        ("games/**,sdk.bst:libc.bst+", "games/chess games/old/go"),
        # exclusions: inside an argument, and from all others
        ("+oci/image.bst,!sdk.bst:**,not:kind:stack",
         "editor games/chess oci/layers/apps oci/image"),
        ("games/** !**/old/*", "games/chess"),
        ("!games/** games/** editor.bst", "editor"),
        ("!sdk.bst:** !oci/**", "editor games/chess apps games/old/go"),
        ("!kind:manual,!kind:stack", "sdk.bst:gtk oci/layers/apps oci/image"),
        ("not:+apps.bst", "oci/layers/apps oci/image games/old/go"),
        ("", EVERYTHING),
    ],
)  # fmt: skip
def test_selectors(selectors: str, expected: str) -> None:
    assert short(select(project(), *selectors.split())) == expected


def test_spaces_around_terms() -> None:
    assert short(select(project(), "games/** , !**/old/*")) == "games/chess"


@pytest.mark.parametrize(
    ("scope", "selector", "expected"),
    [
        (Scope.BUILD, "+oci/image.bst", "oci/layers/apps oci/image"),
        (Scope.BUILD, "editor.bst+1", "editor apps"),
        (Scope.BUILD, "games/**+", "games/chess apps oci/layers/apps games/old/go"),
        (Scope.RUN, "+editor.bst", "sdk.bst:libc sdk.bst:base/shell sdk.bst:gtk editor"),
        (Scope.RUN, "games/chess.bst+", "games/chess apps"),
        (Scope.NONE, "+apps.bst+", "apps"),
    ],
)  # fmt: skip
def test_scopes(scope: Scope, selector: str, expected: str) -> None:
    assert short(select(project(), selector, scope=scope)) == expected


@pytest.mark.parametrize(
    "name", ["+x.bst", "!x.bst", "a,b.bst", "2+x.bst", "kind:x.bst", "gtk+.bst", "not:x.bst"]
)
def test_a_full_name_is_that_element(name: str) -> None:
    odd = Graph.from_elements([element(name), element("x.bst", name), element("y.bst")])
    assert tuple(select(odd, name)) == (name,)
    if "," not in name:
        assert tuple(select(odd, f"{name},!y.bst")) == (name,)


def test_operators_next_to_a_plus_in_a_name() -> None:
    odd = Graph.from_elements([element("gtk+.bst"), element("x.bst", "gtk+.bst")])
    assert short(select(odd, "gtk+.bst+")) == "gtk+ x"
    assert short(select(odd, "1+x.bst")) == "gtk+ x"


@pytest.mark.parametrize(
    ("selectors", "message"),
    [
        (["edito.bst"], "'edito.bst' matches no element, did you mean 'editor.bst'?"),
        (["libc.bst"], "'libc.bst' matches no element, did you mean 'sdk.bst:libc.bst'?"),
        (["+chess.bst+2"], "'+chess.bst+2' matches no element, did you mean 'games/chess.bst'?"),
        (["**nothing**"], "'**nothing**' matches no element"),
        (["kind:compos"], "'kind:compos' matches no element, did you mean 'compose'?"),
        (["project:skd"], "'project:skd' matches no element, did you mean 'sdk'?"),
        (["kind:!stack"], "'kind:!stack' matches no element, did you mean 'stack'?"),
        (["!edito.bst"], "'!edito.bst' matches no element, did you mean 'editor.bst'?"),
        (["editor.bst,kind:stack"], "no element matches all of 'editor.bst,kind:stack'"),
        (["apps.bst", "!kind:s*,!kind:c*"], "nothing is left of 'apps.bst !kind:s*,!kind:c*'"),
        (["!**"], "nothing is left of '!**'"),
        ([""], "'' is no selector: it names nothing"),
        (["editor.bst,"], "'' is no selector: it names nothing"),
        (["kind:"], "'kind:' matches no element"),
        (["+"], "'+' matches no element"),
    ],
)  # fmt: skip
def test_what_selects_nothing_is_an_error(selectors: list[str], message: str) -> None:
    with pytest.raises(SelectionError) as caught:
        select(project(), *selectors)
    assert str(caught.value) == f"{message} [empty-selection]"


@pytest.mark.parametrize(
    ("selectors", "gaps"),
    [
        ("editor.bst", ()),
        ("+editor.bst", (GAP,)),
        ("+apps.bst,!**gtk*", (GAP,)),
        ("sdk.bst:gtk.bst", (GAP,)),
        ("kind:stack", (GAP,)),
        ("sdk.bst:libc.bst+", ()),
    ],
)
def test_gaps(selectors: str, gaps: tuple[str, ...]) -> None:
    """What met an external element says so, even when it is filtered out in the end."""
    found = select(project(), *(["editor.bst", *selectors.split()]))
    assert found.gaps == gaps


def test_nothing_selected_of_nothing() -> None:
    assert select(Graph.from_elements([])).names == ()
