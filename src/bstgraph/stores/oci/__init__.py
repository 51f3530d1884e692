"""Container images: OCI image layouts, archives of them, and archives of docker save.

Nothing of an image is written to disk, and what is read of one is limited.
"""

from __future__ import annotations

from bstgraph.stores.oci._open import open_image
from bstgraph.stores.oci._streams import MOST_BYTES, MOST_ENTRIES
from bstgraph.stores.oci._values import EntryType, Image, ImageConfig, Layer, LayerEntry

__all__ = [
    "MOST_BYTES",
    "MOST_ENTRIES",
    "EntryType",
    "Image",
    "ImageConfig",
    "Layer",
    "LayerEntry",
    "open_image",
]
