"""The outline of a plugin: what its Python says by its shape alone. It is parsed, never run."""

from __future__ import annotations

import ast
import codecs
import io
import sys
import tokenize
import warnings
from collections import Counter
from collections.abc import Iterator, Sequence
from typing import Final, TypeGuard

from bstgraph.model import PluginOutline

Constant = bool | int | str

_HARMLESS_METHODS: Final = frozenset("assemble configure_sandbox generate_script stage".split())
"""Methods of elements that BuildStream calls to build them, after their keys are known."""

_LARGEST: Final = 2**63


def read_outline(content: bytes) -> PluginOutline | None:
    """Return the outline of the Python file `content`.

    None when it cannot be parsed, or when `setup` does not simply return a class that derives
    from one that is imported from `buildstream`.
    """
    module = _parsed(content)
    if module is None:
        return None
    bound = Counter(name for statement in module.body for name in _bound(statement))
    imported = {
        alias.asname or alias.name: alias.name
        for statement in module.body
        if _is_from_buildstream(statement)
        for alias in statement.names
    }
    plugin = _plugin_class(module.body)
    if plugin is None or len(plugin.bases) != 1:
        return None
    base = plugin.bases[0]
    if not isinstance(base, ast.Name) or base.id not in imported:
        return None
    if "*" in bound or any(bound[name] != 1 for name in (base.id, plugin.name, "setup")):
        return None
    return PluginOutline(
        base=imported[base.id],
        attributes=dict(_attributes(plugin)),
        # The kind is in the key, and it is the `__name__` of the module.
        plain=_is_plain(module, plugin) and not any(name.startswith("__") for name in bound),
    )


def _parsed(content: bytes) -> ast.Module | None:
    try:
        encoding, _ = tokenize.detect_encoding(io.BytesIO(content).readline)
        # Another encoding, UTF-7 for one, may hide what the file says.
        if codecs.lookup(encoding).name not in ("utf-8", "utf-8-sig"):
            return None
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            return ast.parse(content.decode(encoding))
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return None


def _is_from_buildstream(statement: ast.stmt) -> TypeGuard[ast.ImportFrom]:
    return (
        isinstance(statement, ast.ImportFrom)
        and statement.level == 0
        and statement.module == "buildstream"
    )


def _bound(statement: ast.stmt) -> Iterator[str]:
    """Yield the names that a statement of a module binds, as far as plain ones do."""
    match statement:
        case ast.FunctionDef(name=name) | ast.AsyncFunctionDef(name=name) | ast.ClassDef(name=name):
            yield name
        case ast.Import(names=names) | ast.ImportFrom(names=names):
            for alias in names:
                yield alias.asname or alias.name.partition(".")[0]
        case ast.Assign(targets=targets):
            yield from (target.id for target in targets if isinstance(target, ast.Name))
        case ast.AnnAssign(target=ast.Name(id=name)):
            yield name


def _plugin_class(body: Sequence[ast.stmt]) -> ast.ClassDef | None:
    """Return the class that `setup` returns."""
    for setup in body:
        if isinstance(setup, ast.FunctionDef) and setup.name == "setup":
            match setup.body:
                case [ast.Return(value=ast.Name(id=name))] | [
                    ast.Expr(value=ast.Constant()),
                    ast.Return(value=ast.Name(id=name)),
                ]:
                    classes = (found for found in body if isinstance(found, ast.ClassDef))
                    return next((found for found in classes if found.name == name), None)
    return None


def _attributes(plugin: ast.ClassDef) -> Iterator[tuple[str, Constant]]:
    for member in plugin.body:
        match member:
            case ast.Assign(targets=[ast.Name(id=name)], value=ast.Constant(value=value)) if (
                name.startswith("BST_") and _is_constant(value)
            ):
                yield name, value


def _is_constant(value: object) -> TypeGuard[Constant]:
    if isinstance(value, str):
        # Half of a surrogate pair is text for Python alone.
        return not any("\ud800" <= character <= "\udfff" for character in value)
    # Python refuses to write numbers that are very long.
    return isinstance(value, (bool, int)) and abs(value) < _LARGEST


# -- what cannot change a key -------------------------------------------------------------------


def _is_plain(module: ast.Module, plugin: ast.ClassDef) -> bool:
    if plugin.keywords or plugin.decorator_list or getattr(plugin, "type_params", None):
        return False
    return all(_is_plain_statement(s, plugin) for s in module.body) and all(
        _is_plain_member(member) for member in plugin.body
    )


def _is_plain_statement(statement: ast.stmt, plugin: ast.ClassDef) -> bool:
    match statement:
        case ast.Expr(value=ast.Constant()) | ast.Assign([ast.Name()], ast.Constant()):
            return True
        case ast.Import(names=names):
            return all(_is_known_package(alias.name) for alias in names)
        case ast.ImportFrom(module=str(package), level=0):
            return _is_known_package(package)
        case ast.ClassDef():
            return statement is plugin
        case ast.FunctionDef(name="setup"):
            return _is_plain_function(statement)
    return False


def _is_plain_member(member: ast.stmt) -> bool:
    match member:
        case ast.Expr(value=ast.Constant()) | ast.Pass():
            return True
        case ast.Assign(targets=[ast.Name(id=name)], value=ast.Constant(value=value)):
            return name.startswith("BST_") and _is_constant(value)
        case ast.FunctionDef(name=name):
            return name in _HARMLESS_METHODS and _is_plain_function(member)
    return False


def _is_plain_function(function: ast.FunctionDef) -> bool:
    """Return whether nothing runs when the function is defined."""
    arguments = function.args
    every = (*arguments.posonlyargs, *arguments.args, *arguments.kwonlyargs)
    stars = tuple(found for found in (arguments.vararg, arguments.kwarg) if found is not None)
    annotations = (function.returns, *(found.annotation for found in (*every, *stars)))
    return not (
        function.decorator_list
        or arguments.defaults
        or any(default is not None for default in arguments.kw_defaults)
        or getattr(function, "type_params", None)
    ) and all(isinstance(found, (ast.Name, ast.Constant, type(None))) for found in annotations)


def _is_known_package(name: str) -> bool:
    package = name.partition(".")[0]
    return package == "buildstream" or package in sys.stdlib_module_names
