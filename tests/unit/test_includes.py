"""`(@)` includes: paths, precedence, across junctions, in project.conf."""

from __future__ import annotations

from pathlib import Path

import pytest

from bstgraph.errors import Slug
from bstgraph.testing import load_error, project, write
from tests.unit import drawing

ELEMENT = """
=== a.bst
kind: manual
"""


class TestPaths:
    """A path is relative to the project of the file that includes, not to the file's folder."""

    @pytest.mark.parametrize("where", ["x.yml", "deep/x.yml"])
    def test_nested(self, where: str, tmp_path: Path) -> None:
        text = f"""
=== project.conf
=== a.bst
kind: manual
variables:
  (@): {where}
=== {where}
one: x
(@): deep/y.yml
=== deep/y.yml
two: y
"""
        values = drawing.variables(text, tmp_path)
        assert (values["one"], values["two"]) == ("x", "y")

    def test_the_path_is_not_expanded(self, tmp_path: Path) -> None:
        text = "=== a.bst\nkind: manual\n(@): '%{prefix}.yml'\n=== %{prefix}.yml\ndescription: x\n"
        assert drawing.element(text, tmp_path).description == "x"


ORDER: list[tuple[str, str, str]] = [
    # what is included, the element's own, the value
    ("(@): [one.yml]", "", "one"),
    ("(@): one.yml", "", "one"),
    ("(@): [one.yml, two.yml]", "", "two"),
    ("(@): [two.yml, one.yml]", "", "one"),
    ("(@): [one.yml, one.yml]", "", "one"),
    ("(@): [one.yml, two.yml]", "v: own", "own"),
    ("v: own", "(@): [one.yml]", "own"),
    # An included condition is decided in its own file, before the including file has its say.
    ("(@): [true.yml]", "", "true"),
    ("(@): [true.yml]", "v: own", "own"),
    ("(@): [true.yml, one.yml]", "", "one"),
    # Conditions of the file itself are decided before its includes are read.
    ("(@): [one.yml]", "(?): [{True: {v: fragment}}]", "fragment"),
    ("(?): [{True: {(@): one.yml}}]", "", "one"),
    ("(?): [{True: {(@): one.yml}}]", "v: own", "own"),
    # A fragment's `(@)` composes onto the file's: text replaces text.
    ("(@): one.yml", "(?): [{True: {(@): two.yml}}]", "two"),
    ("(@): [one.yml]", "(?): [{True: {(@): [two.yml]}}]", "two"),
    ("(@): [two.yml]", "(?): [{True: {(@): {(>): [one.yml]}}}]", "one"),
    ("(@): [two.yml]", "(?): [{True: {(@): {(<): [one.yml]}}}]", "two"),
    ("(@): [two.yml]", "(?): [{False: {(@): [one.yml]}}]", "two"),
]


def quoted(text: str) -> str:
    """Return a line with its directives in quotes: a plain `(?)` is no flow scalar."""
    key, _, value = text.partition(": ")
    for directive in ("(@)", "(?)", "(>)", "(<)"):
        value = value.replace(directive, f"'{directive}'")
    return f"  {key}: {value}\n" if key else ""


class TestOrder:
    """Own content wins over later includes, and those over earlier ones."""

    FILES = """
=== one.yml
v: one
=== two.yml
v: two
=== true.yml
v: literal
(?):
- True: {v: true}
"""

    @pytest.mark.parametrize(("first", "second", "expected"), ORDER)
    def test_value(self, first: str, second: str, expected: str, tmp_path: Path) -> None:
        body = f"variables:\n{quoted(first)}{quoted(second)}"
        text = f"{self.FILES}{ELEMENT}{body}"
        assert drawing.variables(text, tmp_path)["v"] == expected

    @pytest.mark.parametrize(
        ("includes", "own", "expected"),
        [
            ("[list.yml]", "", ["l"]),
            ("[list.yml]", "(>): [own]", ["l", "own"]),
            ("[list.yml, more.yml]", "(>): [own]", ["l", "m", "own"]),
            # The directive of an earlier include is lost under the list of a later one.
            ("[more.yml, list.yml]", "(>): [own]", ["l", "own"]),
            ("[list.yml, more.yml]", "(=): [own]", ["own"]),
        ],
    )
    def test_lists(self, includes: str, own: str, expected: list[str], tmp_path: Path) -> None:
        text = f"""
=== list.yml
strip-commands: [l]
=== more.yml
strip-commands: {{(>): [m]}}
=== a.bst
kind: manual
config:
  (@): {includes}
"""
        if own:
            text += f"  strip-commands: {{{own}}}\n"
        assert drawing.element(text, tmp_path).config["strip-commands"] == expected

    def test_of_sources_and_dependencies(self, tmp_path: Path) -> None:
        text = """
            === lists.yml
            sources: [{kind: local, path: files/}]
            depends: [b.bst]
            === files/
            === a.bst
            kind: import
            (@): lists.yml
            depends: {(>): [c.bst]}
            === b.bst
            kind: manual
            === c.bst
            kind: manual
            """
        element = drawing.element(text, tmp_path)
        assert [d.name for d in element.dependencies] == ["b.bst", "c.bst"]
        assert [s.kind for s in element.sources] == ["local"]


class TestPlacement:
    """An include works at any depth, in lists too."""

    def test_in_lists(self, tmp_path: Path) -> None:
        text = """
            === item.yml
            name: x
            === a.bst
            kind: manual
            public:
              list:
              - (@): item.yml
                more: y
              - - (@): item.yml
            """
        public = drawing.element(text, tmp_path).public
        assert public["list"] == [{"name": "x", "more": "y"}, [{"name": "x"}]]

    def test_the_same_file_at_two_places(self, tmp_path: Path) -> None:
        text = """
            === x.yml
            v: "%{element-name}"
            === a.bst
            kind: manual
            variables: {(@): x.yml}
            environment: {(@): x.yml}
            === b.bst
            kind: manual
            variables: {(@): x.yml}
            """
        loaded = project(text, tmp_path)
        assert drawing.named(loaded).variables["v"] == "a.bst"
        assert drawing.named(loaded).environment["v"] == "a.bst"
        assert drawing.named(loaded, "b.bst").variables["v"] == "b.bst"


WRONG: list[tuple[str, Slug]] = [
    ("(@): no.yml", "missing-file"),
    ("(@): [x.yml, no.yml]", "missing-file"),
    ("(@): list.yml", "invalid-yaml"),
    ("(@): loop.yml", "include-loop"),
    ("(@): long.yml", "include-loop"),
    ("(@): {a: b}", "invalid-data"),
    ("(@): [[x.yml]]", "invalid-data"),
    ("(@): []", "unknown-key"),
    ("(@): nope.bst:x.yml", "unknown-element"),
    ("(@): 'b.bst:x.yml'", "invalid-junction"),
    ("(@): ':x.yml'", "bad-element-name"),
    ("(@): ''", "not-a-file"),
    ("(@): bad.yml", "bad-expression"),
    ("(@): keys.yml", "unknown-key"),
]


class TestWrong:
    """An include names a file with a mapping, that is not being included already."""

    FILES = """
=== x.yml
description: x
=== list.yml
- x
=== loop.yml
(@): loop.yml
=== long.yml
variables: {(@): longer.yml}
=== longer.yml
(@): long.yml
=== bad.yml
(?):
- nope: {}
=== keys.yml
colour: red
=== b.bst
kind: manual
"""

    @pytest.mark.parametrize(("body", "slug"), WRONG)
    def test_refused(self, body: str, slug: Slug, tmp_path: Path) -> None:
        error = load_error(f"{self.FILES}{ELEMENT}{body}\n", tmp_path, targets=["a.bst"])
        assert error.slug == slug
        assert error.at is not None

    def test_places(self, tmp_path: Path) -> None:
        error = load_error(f"{self.FILES}{ELEMENT}(@): [x.yml, no.yml]\n", tmp_path)
        assert str(error.at) == "elements/a.bst:2:14"
        error = load_error(f"{self.FILES}{ELEMENT}(@): keys.yml\n", tmp_path)
        assert str(error.at) == "keys.yml:1:1"


class TestOutside:
    """BuildStream follows an include out of the project; here the caller has to allow it."""

    @pytest.fixture
    def root(self, tmp_path: Path) -> Path:
        (tmp_path / "shared").mkdir()
        (tmp_path / "shared" / "x.yml").write_text("description: shared\n")
        return tmp_path / "project"

    def texts(self, root: Path) -> list[str]:
        return [
            f"{ELEMENT}(@): {path}\n"
            for path in ("../shared/x.yml", str(root.parent / "shared/x.yml"), "link.yml")
        ]

    def test_refused(self, root: Path) -> None:
        write("=== project.conf\n", root)
        (root / "link.yml").symlink_to("../shared/x.yml")
        for text in self.texts(root):
            error = load_error(text, root)
            assert error.slug == "outside-project"
            assert error.fix == f"allow its folder: --allow {root.parent.resolve() / 'shared'}"

    def test_allowed(self, root: Path) -> None:
        write("=== project.conf\n", root)
        (root / "link.yml").symlink_to("../shared/x.yml")
        for text in self.texts(root):
            loaded = drawing.element(text, root, allow=[root.parent / "shared"])
            assert loaded.description == "shared"

    def test_a_link_that_stays_inside(self, root: Path) -> None:
        text = f"=== inside.yml\ndescription: inside\n{ELEMENT}(@): link.yml\n"
        write("=== project.conf\n", root)
        (root / "link.yml").symlink_to("inside.yml")
        assert drawing.element(text, root).description == "inside"


class TestProjectConf:
    """In project.conf everything is composed first, and conditionals are decided after."""

    def test_an_included_condition_beats_a_literal(self, tmp_path: Path) -> None:
        text = f"""
=== project.conf
(@): x.yml
variables: {{v: own, w: own}}
=== x.yml
variables:
  w: included
  (?):
  - True: {{v: condition}}
{ELEMENT}
"""
        values = drawing.variables(text, tmp_path)
        assert (values["v"], values["w"]) == ("condition", "own")

    def test_conditions_of_both_apply_the_included_ones_first(self, tmp_path: Path) -> None:
        text = f"""
=== project.conf
(@): x.yml
variables:
  (?):
  - True: {{v: own}}
=== x.yml
variables:
  (?):
  - True: {{v: included, w: included}}
{ELEMENT}
"""
        values = drawing.variables(text, tmp_path)
        assert (values["v"], values["w"]) == ("own", "included")

    def test_an_include_may_declare_the_option(self, tmp_path: Path) -> None:
        text = f"""
=== project.conf
(@): [options.yml]
variables:
  (?):
  - o: {{v: set}}
=== options.yml
options: {{o: {{type: bool, default: True, description: d}}}}
{ELEMENT}
"""
        assert drawing.variables(text, tmp_path)["v"] == "set"

    def test_an_include_of_a_false_fragment_is_read_all_the_same(self, tmp_path: Path) -> None:
        text = f"""
=== project.conf
(?):
- False:
    (@): no.yml
{ELEMENT}
"""
        assert load_error(text, tmp_path).slug == "missing-file"

    def test_settings_read_from_the_file_itself_ignore_an_include(self, tmp_path: Path) -> None:
        text = f"""
=== project.conf
(@): x.yml
=== x.yml
fatal-warnings: [overlaps]
defaults: {{targets: [no-such.bst]}}
ref-storage: project.refs
{ELEMENT}
"""
        loaded = project(text, tmp_path)
        assert loaded.conf.fatal_warnings == ()
        assert loaded.conf.default_targets == ()
        assert loaded.conf.ref_storage == "inline"

    @pytest.mark.parametrize("line", ["name: x", "min-version: 2.0", "element-path: elements"])
    def test_what_must_stand_in_the_file_itself(self, line: str, tmp_path: Path) -> None:
        # The file's own key wins; one that only the include has is missing in the file.
        key = line.partition(":")[0]
        own = "".join(
            each + "\n"
            for each in ("name: test", "min-version: 2.0", "element-path: elements")
            if not each.startswith(key)
        )
        text = f"""
=== project.conf
{own}(@): x.yml
=== x.yml
{line}
=== elements/a.bst
kind: manual
"""
        error = load_error(text, tmp_path, complete=False)
        expected = "invalid-data" if key == "element-path" else "missing-key"
        assert error.slug == expected


CROSSED = (
    drawing.SUB
    + """
=== project.conf
variables: {where: top, top-only: yes}
=== sub/project.conf
options: {o: {type: bool, default: True, description: d}}
variables: {where: sub}
=== sub/x.yml
v: "%{where} %{project-name} %{max-jobs}"
(?):
- o: {w: "%{where}"}
(@): nested.yml
=== sub/nested.yml
n: "%{where} %{project-name}"
"""
)


class TestAcrossJunctions:
    """The subproject expands and decides a file across a junction, not what that includes."""

    def test_values(self, tmp_path: Path) -> None:
        text = f"{CROSSED}{ELEMENT}variables:\n  (@): sub.bst:x.yml\n"
        values = drawing.variables(text, tmp_path, max_jobs=3)
        assert values["v"] == "sub sub 3"
        assert values["w"] == "sub"
        # The nested file is read by the subproject but expanded by the element that includes.
        assert values["n"] == "top test"

    def test_what_was_expanded_has_no_white_space_around(self, tmp_path: Path) -> None:
        text = f"""{CROSSED}
=== sub/y.yml
v: "%{{bare}} x %{{where}} %{{bare}}"
(@): z.yml
=== sub/z.yml
n: "x %{{bare}}"
{ELEMENT}variables:
  (@): sub.bst:y.yml
  bare: ''
"""
        text = text.replace("variables: {where: sub}", "variables: {where: sub, bare: ''}")
        values = drawing.variables(text, tmp_path)
        assert values["v"] == "x sub"
        assert values["n"] == "x "

    @pytest.mark.parametrize("reference", ["element-name", "build-root", "top-only", "nope"])
    def test_only_base_variables_of_the_subproject(self, reference: str, tmp_path: Path) -> None:
        text = f"""{CROSSED}
=== sub/y.yml
v: "%{{{reference}}}"
{ELEMENT}variables:
  (@): sub.bst:y.yml
"""
        error = load_error(text, tmp_path, targets=["a.bst"])
        assert error.slug == "undefined-variable"
        assert str(error.at) == "sub.bst:y.yml:1:4"

    @pytest.mark.parametrize(
        ("includes", "expected"),
        [
            # The last include is read first. Read plainly first, `nested.yml` is never expanded;
            # read across the junction first, it is for all.
            ("[sub.bst:nested.yml, sub.bst:x.yml]", "top test"),
            ("[sub.bst:x.yml, sub.bst:nested.yml]", "sub sub"),
        ],
    )
    def test_who_reads_first_decides(self, includes: str, expected: str, tmp_path: Path) -> None:
        includes = includes.replace("sub.bst:", "'sub.bst:").replace("yml", "yml'")
        text = f"{CROSSED}{ELEMENT}variables:\n  (@): {includes}\n"
        assert drawing.variables(text, tmp_path)["n"] == expected

    def test_two_junctions_deep_and_through_a_link(self, tmp_path: Path) -> None:
        text = f"""{drawing.SUB}
=== sub/project.conf
=== sub/deep.bst
kind: junction
sources: [{{kind: local, path: deep}}]
=== sub/deep/project.conf
=== sub/deep/x.yml
v: "%{{project-name}}"
=== link.bst
kind: link
config: {{target: 'sub.bst:deep.bst'}}
{ELEMENT}variables:
  (@): sub.bst:deep.bst:x.yml
environment:
  (@): link.bst:x.yml
"""
        element = drawing.element(text, tmp_path)
        assert (element.variables["v"], element.environment["v"]) == ("deep", "deep")

    def test_in_project_conf(self, tmp_path: Path) -> None:
        own = "variables:\n  (@): sub.bst:x.yml\n  where: top\n"
        text = CROSSED.replace("variables: {where: top, top-only: yes}\n", own) + ELEMENT
        values = drawing.variables(text, tmp_path, max_jobs=3)
        assert values["v"] == "sub sub 3"
        assert values["n"] == "top test"

    def test_first_pass_elements_do_without(self, tmp_path: Path) -> None:
        text = f"""{drawing.SUB}
=== project.conf
variables: {{folder: one}}
(@): sub.bst:conf.yml
=== sub/project.conf
=== sub/conf.yml
variables: {{who: sub}}
options: {{late: {{type: bool, default: True, description: d}}}}
=== two.bst
kind: junction
sources: [{{kind: local, path: '%{{folder}}'}}]
=== one/project.conf
=== one/b.bst
kind: manual
{ELEMENT}variables: {{v: '%{{who}}', '(?)': [{{late: {{w: x}}}}]}}
depends:
- two.bst:b.bst
"""
        values = drawing.variables(text, tmp_path)
        assert (values["v"], values["w"]) == ("sub", "x")

    def test_a_junction_cannot_use_an_option_from_across_one(self, tmp_path: Path) -> None:
        text = f"""{drawing.SUB}
=== project.conf
(@): sub.bst:conf.yml
=== sub/project.conf
=== sub/conf.yml
options: {{late: {{type: bool, default: True, description: d}}}}
=== two.bst
kind: junction
(?): [{{late: {{description: x}}}}]
{ELEMENT}depends:
- two.bst:b.bst
"""
        assert load_error(text, tmp_path, targets=["a.bst"]).slug == "bad-expression"

    def test_the_caller_may_set_an_option_from_across_one(self, tmp_path: Path) -> None:
        text = f"""{drawing.SUB}
=== project.conf
(@): sub.bst:conf.yml
=== sub/project.conf
=== sub/conf.yml
options: {{late: {{type: bool, default: True, description: d, variable: late}}}}
{ELEMENT}
"""
        assert drawing.variables(text, tmp_path, options={"late": False})["late"] == "0"

    def test_a_project_that_needs_itself(self, tmp_path: Path) -> None:
        text = f"""{drawing.SUB}
config: {{overrides: {{back.bst: top.bst}}}}
=== top.bst
kind: link
config: {{target: sub.bst}}
=== sub/project.conf
(@): deep.bst:x.yml
=== sub/back.bst
kind: junction
sources: [{{kind: local, path: nowhere}}]
=== sub/deep.bst
kind: junction
sources: [{{kind: local, path: deep}}]
config: {{overrides: {{up.bst: back.bst}}}}
=== sub/deep/project.conf
variables:
  (@): up.bst:y.yml
=== sub/deep/up.bst
kind: junction
sources: [{{kind: local, path: nowhere}}]
=== sub/deep/x.yml
variables: {{v: x}}
=== sub/y.yml
w: y
=== sub/b.bst
kind: manual
{ELEMENT}depends:
- sub.bst:b.bst
"""
        assert load_error(text, tmp_path, targets=["a.bst"]).slug == "junction-loop"


class TestItself:
    """A project.conf cannot include a file of its own project through a junction."""

    def test_through_an_override(self, tmp_path: Path) -> None:
        text = f"""{drawing.SUB}
config: {{overrides: {{up.bst: top.bst}}}}
=== top.bst
kind: link
config: {{target: sub.bst}}
=== sub/project.conf
(@): up.bst:x.yml
=== sub/up.bst
kind: junction
sources: [{{kind: local, path: nowhere}}]
=== sub/x.yml
variables: {{v: x}}
=== sub/b.bst
kind: manual
{ELEMENT}depends:
- sub.bst:b.bst
"""
        assert load_error(text, tmp_path, targets=["a.bst"]).slug == "junction-loop"


class TestFirstPassFiles:
    """A junction or a link has no includes: the key is unexpected there."""

    JUNCTION = f"""{drawing.SUB}(@): x.yml
=== sub/project.conf
=== sub/b.bst
kind: manual
=== a.bst
kind: stack
depends:
- sub.bst:b.bst
"""
    LINK = """
=== l.bst
kind: link
(@): x.yml
config: {target: b.bst}
=== b.bst
kind: manual
=== a.bst
kind: stack
depends: [l.bst]
"""

    @pytest.mark.parametrize("text", [JUNCTION, LINK])
    def test_refused(self, text: str, tmp_path: Path) -> None:
        error = load_error(f"{text}=== x.yml\ndescription: x\n", tmp_path, targets=["a.bst"])
        assert error.slug == "unknown-key"
        assert "'(@)'" in error.message
