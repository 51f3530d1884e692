"""How results show themselves in a notebook, without importing a renderer."""

from __future__ import annotations

from functools import singledispatch


@singledispatch
def mimebundle(result: object) -> dict[str, str]:
    """Return what a notebook may show for `result`; `render` registers the rest."""
    return {"text/plain": repr(result)}


class Displayable:
    """Gives a result class a notebook display without importing any renderer."""

    __slots__ = ()

    def _repr_mimebundle_(self, include: object = None, exclude: object = None) -> dict[str, str]:
        del include, exclude
        return mimebundle(self)
