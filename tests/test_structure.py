"""The promises about the shape of the project that no linter can keep."""

from __future__ import annotations

import ast
import importlib
import re
import sys
import tomllib
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, get_args

import pytest

import bstgraph
from bstgraph.checks import Check, Finding
from bstgraph.checks._builtin import CHECKS
from bstgraph.errors import Slug

if TYPE_CHECKING:
    from collections.abc import Iterator

ROOT: Final = Path(__file__).parents[1]
SOURCE: Final = ROOT / "src" / "bstgraph"
MODULES: Final = tuple(sorted(SOURCE.rglob("*.py")))
DOCUMENTS: Final = (*sorted(ROOT.glob("*.md")), *sorted((ROOT / "docs").rglob("*.md")))

LONGEST_FUNCTION: Final = 40
LONGEST_MODULE: Final = 500
MOST_PROMISED_NAMES: Final = 31
BANNED_NAMES: Final = frozenset(
    ("base", "common", "core", "helpers", "manager", "misc", "tools", "util", "utils")
)
THIRD_PARTY: Final = {
    "_ruamel_yaml": {"yaml._parse"},
    "ruamel": {"yaml._parse", "yaml._round_trip"},
    "jinja2": {"conditions"},
    "joblib": {"history"},
    "networkx": {"graph", "scopes"},
    "packaging": {"project._plugins"},
    "google": {"stores._messages"},
    "pydantic": {"model", "kinds", "project._validation", "settings"},
    "tree_sitter": {"shell._syntax"},
    "tree_sitter_bash": {"shell._syntax"},
    "zstandard": {"stores.oci._streams"},
    "hypothesis": {"testing"},
    "pytest": {"testing"},
}
"""Package -> the modules (with all below them) that may import it at run time."""


PAGE: Final = ("Why", "It fires", "It does not fire", "Fix", "Suppress")
"""The headings of the page of a check."""


def check_page(check: Check) -> str:
    """Return the page about a check, as its findings name it."""
    finding = Finding(code=check.code, check=check.name, severity=check.severity, message="")
    return finding.link


def dotted(path: Path) -> str:
    """Return the module name of `path` below `bstgraph`; the package itself is empty."""
    parts = path.relative_to(SOURCE).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


def tree(path: Path) -> ast.Module:
    return ast.parse(path.read_text(encoding="utf-8"), filename=str(path))


def pyproject() -> dict[str, Any]:
    return tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))


def requirement_name(requirement: str) -> str:
    match = re.match(r"[\w.-]+", requirement)
    assert match, requirement
    return match[0]


def headings(document: str, level: int = 2) -> list[str]:
    """Return the headings of one level in a file of docs/, without their backticks."""
    text = (ROOT / "docs" / document).read_text(encoding="utf-8")
    found = re.findall(rf"^{'#' * level} +(.+?) *$", text, re.MULTILINE)
    return [heading.strip("`") for heading in found]


class TestSize:
    def test_modules(self) -> None:
        sizes = {dotted(path): len(path.read_text("utf-8").splitlines()) for path in MODULES}
        assert {name: size for name, size in sizes.items() if size > LONGEST_MODULE} == {}

    def test_functions(self) -> None:
        assert [
            found for path in MODULES for found in long_functions(path.read_text("utf-8"))
        ] == []

    @pytest.mark.parametrize(
        ("lines", "comment", "expected"),
        [
            (LONGEST_FUNCTION, "", []),
            (LONGEST_FUNCTION + 1, "", ["f: 41 lines"]),
            (LONGEST_FUNCTION + 1, "# Long because of the law it follows.\n", []),
        ],
    )
    def test_the_measure_itself(self, lines: int, comment: str, expected: list[str]) -> None:
        text = f'{comment}def f():\n    """Do\n    it."""\n' + "    g()\n" * lines
        assert list(long_functions(text)) == expected


def long_functions(text: str) -> Iterator[str]:
    """Yield the functions whose body, without its docstring, is over the limit.

    A comment "Long because ..." directly above the function or inside it excuses it.
    """
    lines = text.splitlines()
    for node in ast.walk(ast.parse(text)):
        if not isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            continue
        first = node.body[1 if ast.get_docstring(node) and len(node.body) > 1 else 0]
        last = node.end_lineno or first.lineno
        size = last - first.lineno + 1
        start = min([node.lineno, *(decorator.lineno for decorator in node.decorator_list)]) - 1
        while start and lines[start - 1].lstrip().startswith("#"):
            start -= 1
        if size > LONGEST_FUNCTION and "# Long because" not in "\n".join(lines[start:last]):
            yield f"{node.name}: {size} lines"


class TestNames:
    def test_no_module_is_a_drawer(self) -> None:
        parts = {part.strip("_") for path in MODULES for part in dotted(path).split(".")}
        assert parts & BANNED_NAMES == set()

    def test_promised_names(self) -> None:
        promised = bstgraph.__all__
        assert list(promised) == sorted(set(promised))
        assert len(promised) <= MOST_PROMISED_NAMES
        assert [name for name in promised if not hasattr(bstgraph, name)] == []

    def test_no_promised_name_is_a_module(self) -> None:
        modules = {path.stem for path in SOURCE.iterdir()}
        assert set(bstgraph.__all__) & modules == set()

    def test_all_of_the_package_is_what_it_binds(self) -> None:
        public = {name for name in vars(bstgraph) if not name.startswith("_")}
        modules = {path.stem for path in SOURCE.iterdir()} | {"annotations"}
        assert set(bstgraph.__all__) == public - modules

    @pytest.mark.parametrize("path", sorted(SOURCE.glob("*/__init__.py")), ids=dotted)
    def test_others_import_only_what_a_package_lists(self, path: Path) -> None:
        package = f"bstgraph.{dotted(path)}"
        module = importlib.import_module(package)
        outside = [other for other in MODULES if path.parent not in other.parents]
        wanted = {
            name.removeprefix(f"{package}.")
            for other in outside
            for name in imports(other)
            if name.startswith(f"{package}.")
        }
        assert [name for name in module.__all__ if not hasattr(module, name)] == []
        assert wanted - set(module.__all__) == set()


def imports(path: Path) -> Iterator[str]:
    """Yield the absolute names of all that a module imports at run time."""
    for node in runtime_nodes(tree(path)):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert not node.level, f"{path}: a relative import"
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


def runtime_nodes(node: ast.AST) -> Iterator[ast.AST]:
    """Yield `node` and all below it, without the bodies of `if TYPE_CHECKING:`."""
    yield node
    for child in ast.iter_child_nodes(node):
        if not (isinstance(child, ast.If) and ast.unparse(child.test) == "TYPE_CHECKING"):
            yield from runtime_nodes(child)


class TestImports:
    def test_every_module_has_a_place_in_the_contract(self) -> None:
        contracts = pyproject()["tool"]["importlinter"]["contracts"]
        layers = next(contract for contract in contracts if contract["id"] == "layers")
        placed = re.findall(r"\w+", " ".join(layers["layers"]))
        existing = {path.stem for path in SOURCE.glob("[!_]*.py")}
        existing |= {path.parent.name for path in SOURCE.glob("*/__init__.py")} | {"__main__"}
        assert layers["exhaustive"]
        assert sorted(placed) == sorted(existing)

    @pytest.mark.parametrize("path", MODULES, ids=dotted)
    def test_other_packages_are_imported_where_they_belong(self, path: Path) -> None:
        here = dotted(path)
        for imported in imports(path):
            package = imported.partition(".")[0]
            if package == "bstgraph" or package in sys.stdlib_module_names:
                continue
            homes = THIRD_PARTY[package]
            assert any(here == home or here.startswith(f"{home}.") for home in homes), imported

    @pytest.mark.parametrize("path", MODULES, ids=dotted)
    def test_private_modules_stay_inside_their_package(self, path: Path) -> None:
        package = path.parent.relative_to(SOURCE.parent).parts
        for imported in imports(path):
            parts = imported.split(".")
            private = next((i for i, part in enumerate(parts) if re.match(r"_[^_]", part)), None)
            if parts[0] == "bstgraph" and private is not None:
                assert tuple(parts[:private]) == package[:private], imported


class TestDocuments:
    def test_every_slug_has_its_heading_and_no_other(self) -> None:
        assert headings("messages.md") == sorted(get_args(Slug))

    def test_every_slug_is_in_use(self) -> None:
        texts = [path.read_text("utf-8") for path in MODULES if dotted(path) != "errors"]
        texts.append((SOURCE / "errors.py").read_text("utf-8").partition("class BstGraphError")[2])
        used = "\n".join(texts)
        assert [slug for slug in get_args(Slug) if f'"{slug}"' not in used] == []

    def test_every_dependency_has_its_reason(self) -> None:
        project = pyproject()["project"]
        required = [requirement_name(text) for text in project["dependencies"]]
        extras = project["optional-dependencies"].values()
        optional = {requirement_name(text) for extra in extras for text in extra} - {"bstgraph"}
        assert headings("dependencies.md", level=3) == [*sorted(required), *sorted(optional)]

    def test_every_schema_is_told_and_no_other(self) -> None:
        texts = [path.read_text("utf-8") for path in (SOURCE / "render").glob("*.py")]
        written = set(re.findall(r'"(bstgraph/[\w-]+/\d+)"', "\n".join(texts)))
        told = re.findall(
            r"^\| `(bstgraph/[\w-]+/\d+)` \|",
            (ROOT / "docs/cli.md").read_text("utf-8"),
            re.MULTILINE,
        )
        assert sorted(told) == sorted(written)

    def test_every_check_has_its_module_page_and_tests_and_no_other(self) -> None:
        wanted = {check.name.replace("-", "_"): check for check in CHECKS}
        modules = {path.stem for path in (SOURCE / "checks").glob("[!_]*.py")}
        tests = {path.stem for path in (ROOT / "tests/unit/checks").glob("test_*.py")}
        pages = {path.stem for path in (ROOT / "docs/checks").glob("*.md")}
        assert sorted(modules) == sorted(wanted)
        assert sorted(tests) == sorted(f"test_{name}" for name in wanted)
        assert sorted(pages) == sorted(check.name for check in CHECKS)
        for name, check in wanted.items():
            module = importlib.import_module(f"bstgraph.checks.{name}")
            assert [each for each in vars(module).values() if isinstance(each, Check)] == [check]

    @pytest.mark.parametrize("check", CHECKS, ids=lambda check: check.name)
    def test_the_page_of_a_check_says_what_it_is(self, check: Check) -> None:
        text = (ROOT / check_page(check)).read_text("utf-8")
        first = f"# {check.code} `{check.name}`\n\n{check.summary} Severity: {check.severity}.\n"
        assert text.startswith(first)
        assert headings(f"checks/{check.name}.md") == list(PAGE)

    @pytest.mark.parametrize("path", DOCUMENTS, ids=lambda path: path.name)
    def test_relative_links_lead_somewhere(self, path: Path) -> None:
        targets = re.findall(r"\]\((?!\w+:|#)([^)#]+)", path.read_text("utf-8"))
        assert [target for target in targets if not (path.parent / target).exists()] == []

    def test_the_first_example_of_the_readme_runs(self, monkeypatch: pytest.MonkeyPatch) -> None:
        text = (ROOT / "README.md").read_text("utf-8")
        match = re.search(r"```python\n(.*?)```", text, re.DOTALL)
        assert match
        example = [line for line in match[1].splitlines() if line]
        assert len(example) <= 5
        monkeypatch.chdir(ROOT)
        names: dict[str, Any] = {}
        exec("\n".join(example[:-1]), names)  # noqa: S102 - the text is ours
        shown = eval(example[-1], names)  # noqa: S307 - as above
        assert "text/plain" in shown._repr_mimebundle_()
