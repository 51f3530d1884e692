"""What changed between two states, and why; projects are drawn, changed and drawn again."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from bstgraph import compare, load_state
from bstgraph.diff import (
    Added,
    Cause,
    Changed,
    Comparison,
    DependencyCause,
    FileCause,
    FileChange,
    OptionChange,
    Removed,
    ResolutionCause,
    SourceCause,
    ValueCause,
    VariableChange,
)
from bstgraph.errors import ProjectError, SelectionError
from bstgraph.model import Dependency, Plugin, Source
from bstgraph.names import ElementName
from bstgraph.state import State
from bstgraph.testing import write
from tests.unit.drawing import SUB, project

BASE = """
=== project.conf
options:
  lang: {type: enum, values: [en, de], default: en, variable: lang, description: x}
fatal-warnings: [overlaps]
=== lib.bst
kind: import
sources: [{kind: local, path: files}]
=== app.bst
kind: manual
variables: {flags: -O1}
environment: {LANG: "%{lang}"}
config: {build-commands: ["make %{flags}", make check]}
build-depends: [lib.bst]
=== deps.bst
kind: stack
depends: [app.bst]
=== layer.bst
kind: compose
build-depends: [deps.bst]
=== files/a
one
=== files/b
two
"""


def compared(tmp_path: Path, *edits: tuple[str, str], **options: str) -> Comparison:
    """Return BASE compared with BASE after replacing texts in it, or with options set."""
    text = BASE
    for old, new in edits:
        assert old in text
        text = text.replace(old, new)
    before = load_state(project(BASE, tmp_path / "before"), label="before")
    after = load_state(project(text, tmp_path / "after", options=options), label="after")
    return compare(before, after)


def changes(comparison: Comparison) -> dict[str, tuple[bool, bool, list[Cause], list[str]]]:
    """Return element -> weak, strict, causes without their places, inherited."""
    return {
        change.element: (
            change.weak,
            change.strict,
            [_placeless(cause) for cause in change.causes],
            list(change.inherited),
        )
        for change in comparison
        if isinstance(change, Changed)
    }


def _placeless(cause: Cause) -> Cause:
    match cause:
        case SourceCause():
            return SourceCause(
                number=cause.number,
                kind=cause.kind,
                path=cause.path,
                before=cause.before,
                after=cause.after,
                variables=cause.variables,
            )
        case FileCause():
            return FileCause(
                number=cause.number, kind=cause.kind, path=cause.path, files=cause.files
            )
        case DependencyCause():
            return DependencyCause(name=cause.name, before=cause.before, after=cause.after)
        case _:
            return cause


def _change(before: str, after: str, *path: str, input: str = "config") -> ValueCause:  # noqa: A002
    return ValueCause(input=input, path=path, before=before, after=after)  # type: ignore[arg-type]  # as given


def test_nothing(tmp_path: Path) -> None:
    state = load_state(project(BASE, tmp_path))
    comparison = compare(state, state)
    assert list(comparison) == []
    assert not comparison
    assert comparison.unchanged == 4
    assert list(compared(tmp_path / "again")) == []


class TestCauses:
    """Each kind of input, told apart."""

    def test_files(self, tmp_path: Path) -> None:
        comparison = compared(tmp_path, ("one", "1"), ("files/b", "files/c"))
        files = (
            FileChange(path="a", change="changed"),
            FileChange(path="b", change="removed"),
            FileChange(path="c", change="added"),
        )
        assert changes(comparison) == {
            "lib.bst": (
                True,
                True,
                [FileCause(number=1, kind="local", path="files", files=files)],
                [],
            ),
            # Non-strict elements name what they build on; a compose looks one step further.
            "app.bst": (False, True, [], ["lib.bst"]),
            "deps.bst": (False, True, [], ["app.bst"]),
            "layer.bst": (False, True, [], ["app.bst", "deps.bst"]),
        }

    def test_variable(self, tmp_path: Path) -> None:
        found = changes(compared(tmp_path, ("-O1", "-O2")))
        flags = VariableChange(name="flags", before="-O1", after="-O2")
        cause = ValueCause(
            input="config",
            path=("build-commands", "0"),
            before="make -O1",
            after="make -O2",
            variables=(flags,),
        )
        assert found["app.bst"] == (True, True, [cause], [])
        assert found["deps.bst"] == (False, True, [], ["app.bst"])
        assert found["layer.bst"] == (True, True, [], ["app.bst", "deps.bst"])

    def test_option(self, tmp_path: Path) -> None:
        comparison = compared(tmp_path, lang="de")
        assert comparison.options == (
            OptionChange(project="", name="lang", before="en", after="de"),
        )
        lang = VariableChange(name="lang", before="en", after="de")
        cause = ValueCause(
            input="environment", path=("LANG",), before="en", after="de", variables=(lang,)
        )
        assert changes(comparison)["app.bst"] == (True, True, [cause], [])

    def test_command_added(self, tmp_path: Path) -> None:
        comparison = compared(tmp_path, (", make check]", "]"))
        (cause,) = changes(comparison)["app.bst"][2]
        assert cause == ValueCause(
            input="config",
            path=("build-commands",),
            before=("make -O1", "make check"),
            after=("make -O1",),
        )

    @pytest.mark.parametrize(
        ("old", "new", "cause"),
        [
            (
                "[overlaps]",
                "[]",
                ValueCause(input="fatal-warnings", path=(), before=("overlaps",), after=()),
            ),
            (
                "kind: manual\n",
                "kind: manual\nsandbox: {build-arch: ppc64}\n",
                _change("x86-64", "power-isa-be", "build-arch", input="sandbox"),
            ),
            (
                "kind: manual\n",
                "kind: manual\npublic: {x: {y: z}}\n",
                ValueCause(input="public", path=("x",), before=None, after={"y": "z"}),
            ),
        ],
    )
    def test_values(self, tmp_path: Path, old: str, new: str, cause: ValueCause) -> None:
        found = changes(compared(tmp_path, (old, new)))
        assert found["app.bst"][2] == [cause]

    def test_dependency(self, tmp_path: Path) -> None:
        more = "=== more.bst\nkind: stack\n=== files/a"
        comparison = compared(
            tmp_path, ("depends: [app.bst]", "depends: [app.bst, more.bst]"), ("=== files/a", more)
        )
        assert [c.element for c in comparison if isinstance(c, Added)] == ["more.bst"]
        found = changes(comparison)
        cause = DependencyCause(name=ElementName("more.bst"), before=None, after="all")
        assert found["deps.bst"] == (True, True, [cause], ["more.bst"])
        assert found["layer.bst"][:3] == (True, True, [])
        assert found["layer.bst"][3] == ["deps.bst", "more.bst"]
        assert "app.bst" not in found

    def test_runtime_dependency_changes_the_keys_of_others_only(self, tmp_path: Path) -> None:
        more = "=== more.bst\nkind: stack\n=== files/a"
        comparison = compared(
            tmp_path,
            ("kind: import\n", "kind: import\nruntime-depends: [more.bst]\n"),
            ("=== files/a", more),
        )
        found = changes(comparison)
        cause = DependencyCause(name=ElementName("more.bst"), before=None, after="runtime")
        assert found["lib.bst"] == (False, False, [cause], [])
        assert found["app.bst"] == (True, True, [], ["lib.bst", "more.bst"])
        assert comparison.unchanged == 1

    def test_sources(self, tmp_path: Path) -> None:
        remote = "[{kind: remote, url: 'https://a.example/x', ref: aa}, {kind: local, path: files}]"
        old = remote.replace("x'", "y'")
        before = load_state(
            project(BASE.replace("[{kind: local, path: files}]", old), tmp_path / "a")
        )
        after = load_state(
            project(BASE.replace("[{kind: local, path: files}]", remote), tmp_path / "b")
        )
        cause = SourceCause(
            number=1,
            kind="remote",
            path=("url",),
            before="https://a.example/y",
            after="https://a.example/x",
        )
        assert changes(compare(before, after))["lib.bst"][2] == [cause]
        shorter = changes(compare(after, load_state(project(BASE, tmp_path / "c"))))["lib.bst"][2]
        assert [(c.number, c.path) for c in shorter if isinstance(c, SourceCause)] == [
            (1, ()),
            (2, ()),
        ]

    def test_ref_is_gone(self, tmp_path: Path) -> None:
        local = "[{kind: local, path: files}]"
        remote = "[{kind: remote, url: 'https://a.example/x'}]"
        pinned = BASE.replace(local, remote.replace("}", ", ref: aa}"))
        before = load_state(project(pinned, tmp_path / "a"))
        after = load_state(project(BASE.replace(local, remote), tmp_path / "b"))
        causes = changes(compare(before, after))["lib.bst"][2]
        resolutions = [cause for cause in causes if isinstance(cause, ResolutionCause)]
        assert [cause.before for cause in resolutions] == [""]
        assert "has no ref" in resolutions[0].after

    def test_removed(self, tmp_path: Path) -> None:
        before = load_state(project(BASE, tmp_path))
        after = load_state(project(BASE, tmp_path, targets=["app.bst"]))
        gone = [c.element for c in compare(before, after) if isinstance(c, Removed)]
        assert gone == ["deps.bst", "layer.bst"]

    def test_order_alone(self, tmp_path: Path) -> None:
        text = """
            === a.bst
            kind: manual
            build-depends: [b.bst, c.bst]
            === b.bst
            kind: manual
            === c.bst
            kind: manual
            """
        before = load_state(project(text, tmp_path / "a"))
        after_text = text.replace(
            "=== b.bst\n            kind: manual",
            "=== b.bst\n            kind: manual\n            runtime-depends: [c.bst]",
        )
        found = changes(compare(before, load_state(project(after_text, tmp_path / "b"))))
        assert found["a.bst"] == (True, True, [], ["b.bst"])


class TestOrder:
    def test_roots_come_first(self, tmp_path: Path) -> None:
        comparison = compared(tmp_path, ("one", "1"), ("[deps.bst]", "[deps.bst, app.bst]"))
        assert [change.element for change in comparison.roots] == ["lib.bst", "layer.bst"]
        assert [change.element for change in comparison.heirs] == ["app.bst", "deps.bst"]
        assert [change.element for change in comparison][:2] == ["lib.bst", "layer.bst"]

    def test_every_changed_key_names_an_input(self, tmp_path: Path) -> None:
        comparison = compared(tmp_path, ("one", "1"), ("-O1", "-O3"), ("[overlaps]", "[]"))
        assert len(comparison) == 4
        for change in comparison:
            assert isinstance(change, Changed)
            assert change.causes or change.inherited

    def test_folded(self, tmp_path: Path) -> None:
        comparison = compared(tmp_path, ("[overlaps]", "[overlaps, overlaps]"), ("-O1", "-O2"))
        folds = [(fold.inputs, fold.elements) for fold in comparison.folded()]
        everything = ("lib.bst", "app.bst", "deps.bst", "layer.bst")
        assert folds == [(("fatal-warnings",), everything), (("config",), ("app.bst",))]
        assert comparison.folded()[1].variables[0].name == "flags"


LOCAL = Source(kind="local", config={"path": "files"})
RUNTIME = Dependency(name=ElementName("lib.bst"), path="lib.bst", build=False, runtime=True)


def remote(url: str, filename: str = "x") -> Source:
    return Source(kind="remote", config={"url": url, "ref": "r", "filename": filename})


def drawn_deep(levels: int) -> dict[str, object]:
    """Return mappings in mappings."""
    made: dict[str, object] = {}
    for _ in range(levels):
        made = {"a": made}
    return made


class TestEdited:
    """A what-if edit, in memory."""

    def test_environment(self, tmp_path: Path) -> None:
        state = load_state(project(BASE, tmp_path))
        app = state.graph["app.bst"]
        environment = {**app.environment, "LANG": "fr"}
        after = state.edited(app.model_copy(update={"environment": environment}))
        found = changes(compare(state, after))
        assert found["app.bst"][2] == [_change("en", "fr", "LANG", input="environment")]
        assert found["deps.bst"] == (False, True, [], ["app.bst"])
        assert state.graph["app.bst"].environment["LANG"] == "en"

    def test_config_and_sources(self, tmp_path: Path) -> None:
        state = load_state(project(BASE, tmp_path))
        app, lib = state.graph["app.bst"], state.graph["lib.bst"]
        config = {**app.config, "build-commands": ["make"]}
        (source,) = lib.sources
        moved = source.model_copy(update={"config": {"path": "files/a"}})
        after = state.edited(
            app.model_copy(update={"config": config}), lib.model_copy(update={"sources": (moved,)})
        )
        found = changes(compare(state, after))
        (command,) = found["app.bst"][2]
        assert isinstance(command, ValueCause)
        assert (command.path, command.after) == (("build-commands",), ("make",))
        (path,) = found["lib.bst"][2]
        assert isinstance(path, SourceCause)
        assert (path.path, path.before, path.after) == (("path",), "files", "files/a")

    def test_wrong_config(self, tmp_path: Path) -> None:
        state = load_state(project(BASE, tmp_path))
        app = state.graph["app.bst"].model_copy(update={"config": {"no-commands": "x"}})
        with pytest.raises(ValueError, match="no-commands"):
            state.edited(app)

    @pytest.mark.parametrize(
        ("name", "update", "told"),
        [
            ("app.bst", {"public": {"a": 1}}, "a value is text, a list or a mapping, not int"),
            ("app.bst", {"public": {1: "a"}}, "a value is text, a list or a mapping, not int"),
            ("app.bst", {"environment": {"a": b"x"}}, "a list or a mapping, not bytes"),
            ("app.bst", {"environment": {"a": "\ud800"}}, "half a character"),
            ("app.bst", {"public": drawn_deep(200)}, "nested more than 150 levels deep"),
            ("deps.bst", {"sources": (LOCAL,)}, "of kind 'stack' takes no sources"),
            ("lib.bst", {"sources": ()}, "of kind 'import' needs a source"),
            ("lib.bst", {"sources": (remote("no:x"),)}, "the alias 'no' is not defined"),
            ("lib.bst", {"sources": (remote("x", "a/b"),)}, "'filename' of a remote source"),
            ("deps.bst", {"dependencies": (RUNTIME,)}, "build and runtime dependencies"),
            ("layer.bst", {"dependencies": (RUNTIME,)}, "takes no runtime dependencies"),
            ("layer.bst", {"kind": "filter", "config": {}, "dependencies": ()}, "has one build"),
            ("layer.bst", {"kind": "filter", "config": {}}, "which is no stack"),
        ],
    )
    def test_refused(self, tmp_path: Path, name: str, update: dict[str, object], told: str) -> None:
        state = load_state(project(BASE, tmp_path))
        with pytest.raises(ValueError, match=told):
            state.edited(state.graph[name].model_copy(update=update))

    def test_a_url_without_alias_where_it_is_fatal(self, tmp_path: Path) -> None:
        text = BASE.replace("[overlaps]", "[unaliased-url]")
        state = load_state(project(text, tmp_path))
        lib = state.graph["lib.bst"].model_copy(update={"sources": (remote("https://a.example"),)})
        with pytest.raises(ValueError, match="has no alias, which is fatal here"):
            state.edited(lib)

    def test_elements_that_depend_on_each_other(self, tmp_path: Path) -> None:
        state = load_state(project(BASE, tmp_path))
        entry = RUNTIME.model_copy(update={"name": ElementName("app.bst")})
        lib = state.graph["lib.bst"].model_copy(update={"dependencies": (entry,)})
        with pytest.raises(ProjectError) as raised:
            state.edited(lib)
        assert raised.value.slug == "circular-dependency"

    def test_other_dependencies_are_exact(self, tmp_path: Path) -> None:
        state = load_state(project(BASE, tmp_path))
        app = state.graph["app.bst"].model_copy(update={"dependencies": ()})
        after = state.edited(app).keys
        assert after.gaps == ()
        assert after["app.bst"].weak != state.keys["app.bst"].weak

    def test_a_new_element(self, tmp_path: Path) -> None:
        state = load_state(project(BASE, tmp_path))
        name = ElementName("new.bst")
        after = state.edited(state.graph["app.bst"].model_copy(update={"name": name}))
        assert after.keys["new.bst"].strict.exact


class TestRevisions:
    """Git revisions of a project below the top of its repository."""

    @pytest.fixture
    def repository(self, tmp_path: Path) -> Path:
        def git(*arguments: str) -> None:
            identity = ("-c", "user.name=x", "-c", "user.email=x@example.com")
            subprocess.run(["git", *identity, *arguments], cwd=tmp_path, check=True)

        git("init", "-q", "-b", "main")
        write(BASE, tmp_path / "inner")
        git("add", ".")
        git("commit", "-qm", "one")
        git("tag", "v1")
        git("tag", "-am", "annotated", "v1-annotated")
        (tmp_path / "inner/files/a").write_text("changed\n")
        git("commit", "-qam", "two")
        git("branch", "topic/x", "v1")
        git("branch", "ü#", "v1")
        return tmp_path / "inner"

    @pytest.mark.parametrize(
        "revision",
        ["HEAD~1", "v1", "v1-annotated", "topic/x", "main^", "main~1", "refs/tags/v1", "@~1", "ü#"],
    )
    def test_names(self, repository: Path, revision: str) -> None:
        before = load_state(repository, revision=revision)
        assert before.label == revision
        found = changes(compare(before, load_state(repository)))
        assert found["lib.bst"][2] == [
            FileCause(
                number=1,
                kind="local",
                path="files",
                files=(FileChange(path="a", change="changed"),),
            )
        ]
        assert list(compare(load_state(repository, revision="main"), load_state(repository))) == []

    def test_a_folder_with_the_git_directory_is_no_exact_source(self, repository: Path) -> None:
        whole = repository / "elements/whole.bst"
        whole.write_text("kind: import\nsources: [{kind: local, path: .}]\n")
        subprocess.run(["git", "add", "."], cwd=repository, check=True)
        identity = ("-c", "user.name=x", "-c", "user.email=x@example.com")
        subprocess.run(["git", *identity, "commit", "-qm", "x"], cwd=repository, check=True)
        found = load_state(repository, revision="HEAD")
        # The git directory lies above this project.
        assert found.keys["whole.bst"].weak.exact

    def test_packed_and_abbreviated(self, repository: Path) -> None:
        run = subprocess.run(
            ["git", "rev-parse", "v1"],
            cwd=repository,
            check=True,
            capture_output=True,
            text=True,
        )
        subprocess.run(["git", "pack-refs", "--all"], cwd=repository, check=True)
        commit = run.stdout.strip()
        one, two = (
            load_state(repository, revision=name).keys["lib.bst"].strict.digest
            for name in (commit[:10], "v1")
        )
        assert one == two
        assert one is not None

    @pytest.mark.parametrize(
        "revision", ["nothing", "HEAD~99", "../../etc", "-x", "v1:files", "", "HEAD@{1}", "a" * 40]
    )
    def test_unknown(self, repository: Path, revision: str) -> None:
        with pytest.raises(SelectionError, match="there is no revision"):
            load_state(repository, revision=revision)

    @pytest.mark.parametrize(
        ("path", "content", "fix"),
        [
            ("refs/heads/main", "a" * 64, "name two folders: repositories with SHA-256"),
            ("reftable/tables.list", "", "give a commit: names that are kept in a reftable"),
            ("shallow", "", "the clone is shallow"),
            ("HEAD", "ref: refs/heads/../../../inner/a", "give a branch, a tag, HEAD or a commit"),
        ],
    )
    def test_repositories_that_are_not_read(
        self, repository: Path, path: str, content: str, fix: str
    ) -> None:
        place = repository.parent / ".git" / path
        place.parent.mkdir(exist_ok=True)
        place.write_text(f"{content}\n")
        (repository / "a").write_text("a" * 64)
        with pytest.raises(SelectionError) as raised:
            load_state(repository, revision="HEAD~9")
        assert (raised.value.fix or "").startswith(fix)

    def test_a_project_that_was_not_there_yet(self, repository: Path) -> None:
        # In a folder of another project.
        write("=== project.conf\n=== a.bst\nkind: manual\n", repository / "files/new")
        with pytest.raises(ProjectError, match="revision 'HEAD' has no project"):
            load_state(repository / "files/new", revision="HEAD")

    def test_outside_of_any_repository(self, tmp_path: Path) -> None:
        write(BASE, tmp_path)
        with pytest.raises(SelectionError, match="is in no git repository"):
            load_state(tmp_path, revision="HEAD")


REMOTE = "=== a.bst\nkind: import\nsources: [{kind: remote, ref: r, @}]\n"


def drawn(tmp_path: Path, text: str, before: str, after: str) -> dict[str, list[Cause]]:
    """Return element -> causes of a text compared with itself, with other words for `@`."""
    states = [
        load_state(project(text.replace("@", word), tmp_path / place))
        for place, word in (("a", before), ("b", after))
    ]
    return {name: found[2] for name, found in changes(compare(*states)).items()}


class TestTrueCauses:
    """A cause is what the key really changed by."""

    def test_a_key_that_is_not_hashed_is_no_cause(self, tmp_path: Path) -> None:
        text = REMOTE.replace("@", "url: 'https://a.example/x', version: @")
        assert drawn(tmp_path, text, "1, version-guess-pattern: a", "2, version-guess-pattern: b")[
            "a.bst"
        ] == [SourceCause(number=1, kind="remote", path=("version",), before="1", after="2")]

    def test_an_alias_may_name_the_file(self, tmp_path: Path) -> None:
        text = "=== project.conf\naliases: {al: 'https://a.example/@'}\n"
        text += REMOTE.replace("@", "url: 'al:'")
        assert drawn(tmp_path, text, "one", "two")["a.bst"] == [
            SourceCause(
                number=1,
                kind="remote",
                path=("resolved url",),
                before="https://a.example/one",
                after="https://a.example/two",
            )
        ]

    def test_another_release_of_a_plugin(self, tmp_path: Path) -> None:
        state = load_state(project(REMOTE.replace("@", "url: 'https://a.example'"), tmp_path))
        element = state.graph["a.bst"]
        config = {"url": "https://a.example", "ref": ({"name": "n", "version": "1", "sha": "s"},)}

        def of(*release: int) -> State:
            plugin = Plugin(origin="local", file="cargo2.py", release=release)
            source = Source(kind="cargo2", config=config, plugin=plugin)
            return state.edited(element.model_copy(update={"sources": (source,)}))

        (change,) = compare(of(2, 1, 0), of(2, 2, 0)).roots
        assert change.causes == (
            SourceCause(
                number=1,
                kind="cargo2",
                path=("plugin",),
                before="cargo2.py (2.1.0)",
                after="cargo2.py (2.2.0)",
            ),
        )

    def test_a_value_and_files(self, tmp_path: Path) -> None:
        text = """
            === a.bst
            kind: import
            sources: [{kind: local, path: files, directory: @}]
            === files/a
            @
            """
        file = FileChange(path="a", change="changed")
        assert drawn(tmp_path, text, "one", "two")["a.bst"] == [
            SourceCause(number=1, kind="local", path=("directory",), before="one", after="two"),
            FileCause(number=1, kind="local", path="files", files=(file,)),
        ]

    def test_a_plugin_that_is_rebuilt_strictly(self, tmp_path: Path) -> None:
        text = """
            === project.conf
            plugins: [{origin: local, path: plugins, elements: [drawn]}]
            === plugins/drawn.py
            from buildstream import BuildElement
            class Drawn(BuildElement):
                BST_MIN_VERSION = "2.0"
                BST_STRICT_REBUILD = @
            def setup():
                return Drawn
            === a.bst
            kind: drawn
            build-depends: [b.bst]
            === b.bst
            kind: manual
            """
        assert drawn(tmp_path, text, "False", "True")["a.bst"] == [
            ValueCause(input="plugin", path=("strict-rebuild",), before=False, after=True)
        ]

    def test_a_project_of_another_name(self, tmp_path: Path) -> None:
        text = """
            === project.conf
            name: @
            variables: {build-root: /b}
            === a.bst
            kind: manual
            build-depends: [b.bst]
            === b.bst
            kind: manual
            """
        assert drawn(tmp_path, text, "one", "two") == {
            "a.bst": [
                DependencyCause(
                    name=ElementName("b.bst"),
                    before="of project 'one'",
                    after="of project 'two'",
                )
            ]
        }

    def test_a_dependency_that_is_external_now(self, tmp_path: Path) -> None:
        text = f"=== a.bst\nkind: manual\nbuild-depends: ['sub.bst:x.bst']\n{SUB}"
        text += "=== sub/project.conf\n=== sub/x.bst\nkind: manual\n"
        root = tmp_path / "project"
        before = load_state(project(text, root))
        gone = "kind: junction\nsources: [{kind: tar, url: 'https://a.example/x'}]\n"
        (root / "elements/sub.bst").write_text(gone)
        after = load_state(root, ["a.bst"])
        found = changes(compare(before, after))
        assert found["a.bst"] == (True, True, [], ["sub.bst:x.bst"])

    def test_rules_are_not_mixed(self, tmp_path: Path) -> None:
        loaded = project(BASE, tmp_path)
        with pytest.raises(ValueError, match="different rules"):
            compare(load_state(loaded), load_state(loaded, rule="runbook"))
