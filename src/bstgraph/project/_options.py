"""Project options: their declarations, their values, and the conditionals they decide.

The rules are BuildStream's (`_options`): spec of each type, how a value is written in YAML and on
the command line, how it is exported as a variable.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from typing import Final, Literal, cast

from bstgraph import conditions
from bstgraph.errors import BstGraphError, ProjectError, SelectionError, did_you_mean
from bstgraph.machine import Machine, canonical_arch
from bstgraph.model import Option
from bstgraph.project._paths import element_files
from bstgraph.yaml import MappingNode, Node, ScalarNode, SequenceNode, compose

MAX_EXPRESSIONS: Final = 40_000
"""Most characters that the different conditions of one project have; real ones have 2,000."""

_SYMBOL: Final = re.compile(r"[A-Za-z_][A-Za-z0-9_]*\Z")
_DASHED: Final = re.compile(r"[A-Za-z_-][A-Za-z0-9_-]*\Z")
_COMMON: Final = ("type", "description", "variable")
_KEYS: Final = {
    "bool": ("default",),
    "enum": ("values", "default"),
    "flags": ("values", "default"),
    "arch": ("values",),
    "os": ("values",),
    "element-mask": ("default",),
}
_LISTS: Final = frozenset(("flags", "element-mask"))
_BOOLEANS: Final = {"True": True, "true": True, "False": False, "false": False}

OptionType = Literal["bool", "enum", "flags", "arch", "os", "element-mask"]


def check_symbol(node: Node, text: str, what: str, *, dashes: bool) -> str:
    """Return `text`, or raise ProjectError (`bad-symbol`) when it is no symbol name."""
    if not (_DASHED if dashes else _SYMBOL).match(text):
        allowed = "letters, digits, '_' and '-'" if dashes else "letters, digits and '_'"
        raise node.error(
            "bad-symbol", f"'{text}' is no {what}", fix=f"use {allowed}, no digit first"
        )
    return text


class ProjectOption:
    """One declared option and its value so far."""

    def __init__(self, name: str, node: MappingNode, machine: Machine, masks: list[str]) -> None:
        """Read the declaration `node`; `masks` are the elements an element-mask may name."""
        kind = node.require("type").as_str()
        if kind not in _KEYS:
            fix = did_you_mean(kind, _KEYS) or f"the types are {', '.join(_KEYS)}"
            raise node.require("type").error("bad-option", f"'{kind}' is no option type", fix=fix)
        node.only((*_COMMON, *_KEYS[kind]))
        self.name = name
        self.node = node
        self.type = cast("OptionType", kind)
        self.description = node.require("description").as_str()
        self.variable = node.text("variable") if "variable" in node else None
        if self.variable is not None:
            check_symbol(node.require("variable"), self.variable, "variable name", dashes=True)
        self.values = self._values(masks)
        self._allowed = frozenset(self.values)
        self.value: conditions.Value = self._default(machine)
        self.set_in: Node = node

    def _values(self, masks: list[str]) -> tuple[str, ...]:
        if self.type == "element-mask":
            return tuple(masks)
        if "values" not in _KEYS[self.type]:
            return ()
        values = tuple(self.node.texts("values"))
        if not values:
            at = self.node.require("values") if "values" in self.node else self.node
            raise at.error("bad-option", f"the option '{self.name}' lists no values")
        for item, text in zip(self.node.sequence("values"), values, strict=True):
            if self.type == "arch" and canonical_arch(text) is None:
                raise item.error(
                    "bad-option", f"'{text}' is no architecture that BuildStream knows"
                )
        return values

    def _default(self, machine: Machine) -> conditions.Value:
        match self.type:
            case "bool":
                return self.node.require("default").as_bool()
            case "enum":
                default = self.node.require("default")
                return self._checked(default.as_str(), default)
            case "arch":
                host = canonical_arch(machine.arch)
                return next((v for v in self.values if canonical_arch(v) == host), machine.arch)
            case "os":
                return machine.system
            case _:
                return tuple(self._checked(n.as_str(), n) for n in self.node.sequence("default"))

    def _checked(self, text: str, node: Node) -> str:
        if text in self._allowed:
            return text
        fix = did_you_mean(text, self.values) or f"the values are {', '.join(self.values)}"
        raise node.error("bad-option", f"'{text}' is no value of the option '{self.name}'", fix=fix)

    def set_node(self, node: Node) -> None:
        """Take the value that a junction gives."""
        if self.type == "bool":
            self.value = node.as_bool()
        elif self.type in _LISTS:
            self.value = tuple(sorted(node.as_sequence().as_strs()))
        else:
            self.value = node.as_str()
        self.set_in = node

    def set_text(self, text: str) -> None:
        """Take the value of a command line; raise SelectionError (`bad-option`)."""
        if self.type == "bool":
            if text not in _BOOLEANS:
                raise self._bad(text, "write True or False")
            self.value = _BOOLEANS[text]
            return
        texts = sorted("".join(text.split()).split(",")) if self.type in _LISTS else [text]
        for one in texts:
            if one not in self._allowed:
                known = f"the values are {', '.join(self.values)}"
                raise self._bad(one, did_you_mean(one, self.values) or known)
        self.value = tuple(texts) if self.type in _LISTS else text

    def _bad(self, text: str, fix: str) -> BstGraphError:
        return SelectionError(
            "bad-option", f"'{text}' is no value of the option '{self.name}'", fix=fix
        )

    def validate(self) -> None:
        """Raise ProjectError (`bad-option`) when the value is none of the declared ones."""
        if self.type != "bool":
            texts = (self.value,) if isinstance(self.value, str) else cast("tuple[str]", self.value)
            for text in texts:
                self._checked(text, self.set_in)

    @property
    def exported(self) -> str:
        """The value as a variable carries it."""
        if isinstance(self.value, bool):
            return "1" if self.value else "0"
        return self.value if isinstance(self.value, str) else ",".join(self.value)

    def model(self) -> Option:
        """Return the option as a value."""
        return Option(
            name=self.name,
            type=self.type,
            description=self.description,
            variable=self.variable,
            values=self.values,
            value=self.value,
            exported=self.exported,
            provenance=self.node.provenance,
        )


class OptionPool:
    """The options of one project in one pass, and the conditionals they decide.

    `on_unknown` is called with the reason of an expression that cannot be evaluated; it raises,
    or accepts that it counts as false (when the files that may declare the option are missing).
    """

    def __init__(self, on_unknown: Callable[[ProjectError], None]) -> None:
        """Start without options."""
        self.options: dict[str, ProjectOption] = {}
        self._on_unknown = on_unknown
        self.decided: list[tuple[MappingNode, bool]] = []
        """Each condition with its branch, and whether it held; one may be there twice."""
        self._known: dict[str, bool] = {}
        self._evaluated = 0

    def declare(self, node: MappingNode, machine: Machine, element_folder: str) -> None:
        """Read the `options:` of project.conf."""
        masks: list[str] | None = None
        for name, value in node.entries.items():
            check_symbol(node.key_node(name), name, "option name", dashes=False)
            mapping = value.as_mapping()
            if mapping.text("type") == "element-mask" and masks is None:
                masks = element_files(element_folder)
            self.options[name] = ProjectOption(name, mapping, machine, masks or [])

    def set_nodes(self, node: MappingNode, *, partial: bool) -> None:
        """Take the values that a junction gives; an unknown name is tolerated when `partial`.

        Raises:
            ProjectError: `unknown-option`, `invalid-data`.
        """
        for name, value in node.entries.items():
            if name not in self.options:
                if partial:
                    continue
                raise ProjectError(
                    "unknown-option",
                    f"the subproject has no option '{name}'",
                    at=node.key_place(name),
                    fix=did_you_mean(name, self.options),
                )
            self.options[name].set_node(value)

    def set_texts(self, texts: Mapping[str, str], *, partial: bool) -> None:
        """Take the caller's values; an unknown name is tolerated when `partial`."""
        for name, text in texts.items():
            if name in self.options:
                self.options[name].set_text(text)
            elif not partial:
                fix = did_you_mean(name, self.options)
                raise SelectionError(
                    "unknown-option", f"the project has no option '{name}'", fix=fix
                )

    def validate(self) -> None:
        """Raise ProjectError for the first value that is not allowed."""
        for option in self.options.values():
            option.validate()

    def exports(self) -> dict[str, str]:
        """Return the variables that options export, in declaration order."""
        return {o.variable: o.exported for o in self.options.values() if o.variable is not None}

    def holds(self, expression: str, node: Node) -> bool:
        """Return whether the condition `expression`, written at `node`, is true."""
        known = self._known.get(expression)
        if known is None:
            self._evaluated += len(expression)
            if self._evaluated > MAX_EXPRESSIONS:
                raise node.error("too-large", "the conditions of the project are too many")
            values = {name: option.value for name, option in self.options.items()}
            try:
                known = conditions.evaluate(expression, values)
            except conditions.ExpressionError as error:
                self._on_unknown(self._bad_expression(expression, node, str(error)))
                known = False
            self._known[expression] = known
        return known

    def _bad_expression(self, expression: str, node: Node, reason: str) -> ProjectError:
        at = node.key_place(expression) if isinstance(node, MappingNode) else node.provenance
        words = re.findall(r"'(\w+)' is undefined", reason)
        fix = did_you_mean(words[0], self.options) if words else None
        message = f"the condition '{expression}' cannot be evaluated: {reason}"
        return ProjectError("bad-expression", message, at=at, fix=fix)

    def apply(self, node: MappingNode, restricted: Sequence[str] = ()) -> MappingNode:
        """Return `node` with its conditionals applied and its assertions checked, at every depth.

        `restricted` are keys that no fragment at the root may hold.

        Raises:
            ProjectError: `user-assertion`, `bad-expression`, `illegal-composite`, `invalid-data`.
        """
        node = self._root(node, restricted)
        changed = {
            key: new
            for key, value in node.entries.items()
            if not isinstance(value, ScalarNode) and (new := self._below(value)) is not value
        }
        return node.with_entries(changed) if changed else node

    def _below(self, node: Node) -> Node:
        if isinstance(node, MappingNode):
            return self.apply(node)
        if isinstance(node, SequenceNode):
            items = [i if isinstance(i, ScalarNode) else self._below(i) for i in node.items]
            if any(new is not old for new, old in zip(items, node.items, strict=True)):
                return SequenceNode(items, node.file, node.line, node.column)
        return node

    def _root(self, node: MappingNode, restricted: Sequence[str]) -> MappingNode:
        while True:
            if "(!)" in node.entries:
                raise node.require("(!)").error("user-assertion", node.text("(!)"))
            if "(?)" not in node.entries:
                return node
            conditionals = node.sequence("(?)")
            node = node.without("(?)")
            for item in conditionals:
                fragment = self._fragment(item.as_mapping(), restricted)
                if fragment is not None:
                    node = compose(node, fragment)

    def _fragment(self, item: MappingNode, restricted: Sequence[str]) -> MappingNode | None:
        if len(item) != 1:
            raise item.error(
                "invalid-data",
                "a conditional is a list item with one key",
                fix="write '- EXPRESSION:'",
            )
        expression, value = next(iter(item.entries.items()))
        holds = self.holds(expression, item)
        self.decided.append((item, holds))
        if not isinstance(value, MappingNode):
            raise value.error("illegal-composite", f"expected a mapping, found {value.what}")
        for key in restricted:
            if key in value:
                raise ProjectError(
                    "illegal-composite", f"'{key}' cannot be conditional", at=value.key_place(key)
                )
        return value if holds else None
