"""Results as text, JSON and notebook displays; importing it registers the displays."""

from __future__ import annotations

from bstgraph.render._format import format_element, needs_keys
from bstgraph.render._json import elements_to_json, to_json
from bstgraph.render._keys import key_summary, key_table
from bstgraph.render._notebook import register
from bstgraph.render._oci import (
    image_list,
    image_text,
    image_to_json,
    layer_lists,
    which_text,
)
from bstgraph.render._text import chain_tree, element_table, to_text

__all__ = [
    "chain_tree",
    "element_table",
    "elements_to_json",
    "format_element",
    "image_list",
    "image_text",
    "image_to_json",
    "key_summary",
    "key_table",
    "layer_lists",
    "needs_keys",
    "register",
    "to_json",
    "to_text",
    "which_text",
]

register()
