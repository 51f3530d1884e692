"""Conditional expressions `(?)`: Jinja2 over the project's options, kept from doing harm.

BuildStream hands the text to Jinja2 as the condition of an `if` block (`_options`). So do we, in
Jinja2's sandbox, without what could make a small expression cost much time or memory.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import lru_cache
from typing import Any, Final

from jinja2 import StrictUndefined, Template, TemplateError, nodes
from jinja2.exceptions import SecurityError
from jinja2.sandbox import ImmutableSandboxedEnvironment

MAX_LENGTH: Final = 2000
"""Longest expression that is evaluated, in characters."""

_MAX_SIZE: Final = 100_000
_COSTLY_FILTERS: Final = (
    "batch center filesizeformat format indent pprint random slice tojson truncate "
    "urlize wordwrap xmlattr round"
).split()
_COSTLY_METHODS: Final = frozenset(
    ("center", "expandtabs", "format", "format_map", "ljust", "rjust", "translate", "zfill")
)
_PRODUCTS: Final = frozenset(("join", "replace"))

Value = bool | str | tuple[str, ...]


class ExpressionError(ValueError):
    """An expression that Jinja2 rejects, or that we refuse to evaluate."""


class _Environment(ImmutableSandboxedEnvironment):
    """A sandbox in which no operation makes a value much larger than its operands."""

    intercepted_binops = frozenset(("*", "**", "%"))

    def call_binop(self, context: Any, operator: str, left: Any, right: Any) -> Any:  # noqa: ANN401  (Jinja2's)
        """Refuse powers, large products and text formatting."""
        sizes = [len(v) if isinstance(v, str | list | tuple) else v for v in (left, right)]
        small = all(isinstance(size, int | float) and abs(size) < _MAX_SIZE for size in sizes)
        if operator == "**" or not small or (operator == "%" and isinstance(left, str)):
            raise SecurityError(f"the operator {operator} is not allowed on these values")
        if operator == "*" and sizes[0] * sizes[1] > _MAX_SIZE:
            raise SecurityError("the product is too large")
        return super().call_binop(context, operator, left, right)

    def is_safe_attribute(self, obj: Any, attr: str, value: Any) -> bool:  # noqa: ANN401  (Jinja2's)
        """Allow what the sandbox allows, without methods that make long text."""
        return attr not in _COSTLY_METHODS and super().is_safe_attribute(obj, attr, value)

    def call(self, context: Any, obj: Any, *args: Any, **kwargs: Any) -> Any:  # noqa: ANN401  (Jinja2's)
        """Call a method; those that multiply lengths only on short operands."""
        if getattr(obj, "__name__", "") in _PRODUCTS:
            text = getattr(obj, "__self__", "")
            total = sum(len(str(arg)) for arg in args) + 1
            if (len(str(text)) + 1) * total > _MAX_SIZE:
                raise SecurityError("the result would be too long")
        return super().call(context, obj, *args, **kwargs)


def _environment() -> _Environment:
    environment = _Environment(undefined=StrictUndefined)
    environment.globals.clear()
    for name in _COSTLY_FILTERS:
        del environment.filters[name]
    for name in _PRODUCTS:
        environment.filters[name] = _limited(environment.filters[name])
    return environment


def _limited(function: Callable[..., Any]) -> Callable[..., Any]:
    def limited(*args: Any, **kwargs: Any) -> Any:  # noqa: ANN401  (Jinja2's)
        product = 1
        for arg in args:
            product *= len(str(arg)) + 1 if isinstance(arg, str | list | tuple) else 1
        if product > _MAX_SIZE:
            raise SecurityError("the result would be too long")
        return function(*args, **kwargs)

    # Jinja2 passes the evaluation context to filters that carry this mark.
    for mark in ("jinja_pass_arg",):
        if hasattr(function, mark):
            setattr(limited, mark, getattr(function, mark))
    return limited


_ENVIRONMENT: Final = _environment()


@lru_cache(maxsize=4096)
def _compile(expression: str) -> Template:
    """Return the template of one expression; templates keep no state."""
    if len(expression) > MAX_LENGTH:
        raise ExpressionError(f"the expression is longer than {MAX_LENGTH} characters")
    text = f"{{% if {expression} %}}True{{% else %}}False{{% endif %}}"
    try:
        tree = _ENVIRONMENT.parse(text)
        if len(tree.body) != 1 or not isinstance(tree.body[0], nodes.If):
            raise ExpressionError("not an expression")
        return _ENVIRONMENT.from_string(tree)
    except (TemplateError, RecursionError, OverflowError) as error:
        raise ExpressionError(str(error) or type(error).__name__) from None


def evaluate(expression: str, options: Mapping[str, Value]) -> bool:
    """Return whether `expression` holds with `options` (flags as lists, bools as bool).

    Raises:
        ExpressionError: Jinja2 rejects it, an option is not defined, or it is not allowed.
    """
    template = _compile(expression)
    values = {k: list(v) if isinstance(v, tuple) else v for k, v in options.items()}
    try:
        return template.render(values) == "True"
    except (TemplateError, RecursionError, OverflowError, ArithmeticError) as error:
        raise ExpressionError(str(error)) from None
    except (TypeError, ValueError, LookupError, AttributeError) as error:
        # BuildStream ends in a traceback here.
        raise ExpressionError(f"{type(error).__name__}: {error}") from None
