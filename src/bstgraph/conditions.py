"""Conditional expressions `(?)`: Jinja2 over the project's options, kept from doing harm.

BuildStream hands the text to Jinja2 as the condition of an `if` block (`_options`). So do we, in
Jinja2's sandbox, with the filters and methods that a condition may want and no others, and with
bounds on every value, so that a small expression cannot cost much time or memory.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from functools import lru_cache, wraps
from typing import Any, Final

from jinja2 import StrictUndefined, Template, TemplateError, nodes
from jinja2.exceptions import SecurityError
from jinja2.sandbox import ImmutableSandboxedEnvironment

MAX_LENGTH: Final = 2000
"""Longest expression that is evaluated, in characters; real ones stay below 200."""

MAX_DEPTH: Final = 60
"""Deepest nesting of an expression; each `and` and `or` of a chain counts, as does a filter."""

_MAX_SIZE: Final = 100_000
_FILTERS: Final = frozenset(
    "abs attr capitalize count d default e escape first float forceescape int items join last "
    "length list lower map max min reject rejectattr replace reverse safe select selectattr sort "
    "string title trim unique upper".split()
)
_METHODS: Final = frozenset(
    "capitalize casefold copy count endswith find get index isalnum isalpha isascii isdecimal "
    "isdigit isidentifier islower isnumeric isprintable isspace istitle isupper items join keys "
    "lower lstrip partition removeprefix removesuffix replace rfind rindex rpartition rsplit "
    "rstrip split splitlines startswith strip swapcase title upper values".split()
)
_PRODUCTS: Final = frozenset(("join", "replace"))

Value = bool | str | tuple[str, ...]


class ExpressionError(ValueError):
    """An expression that Jinja2 rejects, or that we refuse to evaluate."""


def _size(value: object, room: int = _MAX_SIZE) -> int:
    """Return how large `value` is, with all that it holds; more than `room` is not counted."""
    if isinstance(value, str | bytes):
        return len(value) + 1
    if isinstance(value, int):
        return value.bit_length() // 8 + 1
    if isinstance(value, Mapping):
        value = [part for pair in value.items() for part in pair]
    size = 1
    for part in value if isinstance(value, list | tuple) else ():
        size += _size(part, room - size)
        if size > room:
            break
    return size


def _bounded(value: Any) -> Any:  # noqa: ANN401  (Jinja2's)
    """Return `value`, or raise SecurityError when it is too large; a stream is read to its end."""
    if isinstance(value, Iterator):
        items: list[object] = []
        size = 0
        for item in value:
            size += _size(item)
            items.append(item)
            if size > _MAX_SIZE:
                break
        _bounded(items)
        # Still a stream: an empty list would be false.
        return iter(items)
    if _size(value) > _MAX_SIZE:
        raise SecurityError("the expression makes too large a value")
    return value


def _check_product(name: str, values: tuple[object, ...]) -> None:
    if name in _PRODUCTS:
        product = 1
        for value in values:
            product *= _size(value)
        if product > _MAX_SIZE:
            raise SecurityError("the expression makes too large a value")


def _bounded_filter(name: str, function: Callable[..., Any]) -> Callable[..., Any]:
    @wraps(function)  # Jinja2 marks filters that take its environment with an attribute.
    def bounded(*args: Any, **kwargs: Any) -> Any:  # noqa: ANN401  (Jinja2's)
        read = [list(_bounded(v)) if isinstance(v, Iterator) else v for v in args]
        _check_product(name, (*read, *kwargs.values()))
        given = [iter(r) if isinstance(v, Iterator) else v for r, v in zip(read, args, strict=True)]
        return _bounded(function(*given, **kwargs))

    return bounded


class _Environment(ImmutableSandboxedEnvironment):
    """A sandbox in which no operation makes a large value."""

    # Only real evaluation is bounded, so nothing is evaluated while compiling.
    intercepted_binops = frozenset(("+", "*", "**", "%"))

    def call_binop(self, context: Any, operator: str, left: Any, right: Any) -> Any:  # noqa: ANN401  (Jinja2's)
        """Refuse powers, large products and text formatting."""
        numbers = isinstance(left, int | float) and isinstance(right, int | float)
        if operator == "**" or (operator == "%" and not numbers):
            raise SecurityError(f"the operator {operator} is not allowed on these values")
        if operator == "*" and not numbers:
            times = next((v for v in (left, right) if isinstance(v, int)), 1)
            if times * max(_size(left), _size(right)) > _MAX_SIZE:
                raise SecurityError("the expression makes too large a value")
        return _bounded(super().call_binop(context, operator, left, right))

    def is_safe_attribute(self, obj: Any, attr: str, value: Any) -> bool:  # noqa: ANN401  (Jinja2's)
        """Allow what the sandbox allows and a condition may want."""
        return attr in _METHODS and super().is_safe_attribute(obj, attr, value)

    def call(self, context: Any, obj: Any, *args: Any, **kwargs: Any) -> Any:  # noqa: ANN401  (Jinja2's)
        """Call a method, with bounds on what goes in and comes out."""
        read = [list(_bounded(v)) if isinstance(v, Iterator) else _bounded(v) for v in args]
        given = (_bounded(getattr(obj, "__self__", "")), *read, *kwargs.values())
        _check_product(getattr(obj, "__name__", ""), given)
        return _bounded(super().call(context, obj, *read, **kwargs))


def _environment() -> _Environment:
    environment = _Environment(undefined=StrictUndefined, optimized=False)
    environment.globals.clear()
    environment.filters = {
        name: _bounded_filter(name, function)
        for name, function in environment.filters.items()
        if name in _FILTERS
    }
    return environment


_ENVIRONMENT: Final = _environment()


@lru_cache(maxsize=4096)
def _compile(expression: str) -> Template:
    """Return the template of one expression; templates keep no state."""
    if len(expression) > MAX_LENGTH:
        raise ExpressionError(f"the expression is longer than {MAX_LENGTH} characters")
    text = f"{{% if {expression} %}}True{{% else %}}False{{% endif %}}"
    try:
        tree = _ENVIRONMENT.parse(text)
        _check_shape(tree)
        return _ENVIRONMENT.from_string(tree)
    except (TemplateError, RecursionError, OverflowError, SyntaxError) as error:
        raise ExpressionError(str(error) or type(error).__name__) from None


def _check_shape(tree: nodes.Template) -> None:
    """Raise ExpressionError unless `tree` is one condition, and no deeper than allowed."""
    block = tree.body[0]
    if len(tree.body) != 1 or not isinstance(block, nodes.If) or block.elif_:
        raise ExpressionError("not an expression")
    for branch, word in ((block.body, "True"), (block.else_, "False")):
        if branch != [nodes.Output([nodes.TemplateData(word)])]:
            raise ExpressionError("not an expression")
    level: list[nodes.Node] = [block.test]
    for _ in range(MAX_DEPTH):
        level = [child for node in level for child in node.iter_child_nodes()]
        if not level:
            return
    raise ExpressionError(f"the expression is nested more than {MAX_DEPTH} deep")


def evaluate(expression: str, options: Mapping[str, Value]) -> bool:
    """Return whether `expression` holds with `options` (flags as lists, bools as bool).

    Raises:
        ExpressionError: Jinja2 rejects it, an option is not defined, or it is not allowed.
    """
    template = _compile(expression)
    values = {k: list(v) if isinstance(v, tuple) else v for k, v in options.items()}
    try:
        return template.render(values) == "True"
    except (TemplateError, RecursionError, ArithmeticError) as error:
        raise ExpressionError(str(error)) from None
    except (TypeError, ValueError, LookupError, AttributeError, NameError) as error:
        # BuildStream ends in a traceback here.
        raise ExpressionError(f"{type(error).__name__}: {error}") from None
