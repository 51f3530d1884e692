"""The element kind `oci`: what its images are made of."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any, Final, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, SkipValidation, model_validator

from bstgraph.kinds._api import Bool, ElementKind, ElementView, Int, KeyData, KeyGapError
from bstgraph.kinds._api import element_settings as settings
from bstgraph.model import KindConfig

_DOCKER_ONLY: Final = frozenset(("memory", "memory_swap", "cpu_shares", "healthcheck"))
_OCI_ONLY: Final = frozenset(("labels", "stop_signal"))


class _Part(BaseModel):
    """A part of an image; the names of its keys are those of the OCI specification."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class OciParent(_Part):
    """The image that another one is laid over."""

    element: str
    image: Int = 0


class OciHealthcheck(_Part):
    """How Docker sees whether a container works."""

    test: tuple[str, ...] = Field((), alias="Test")
    interval: Int = Field(0, alias="Interval")
    timeout: Int = Field(0, alias="Timeout")
    retries: Int = Field(0, alias="Retries")


class OciImageConfig(_Part):
    """How a container runs."""

    user: str = Field("", alias="User")
    working_dir: str = Field("", alias="WorkingDir")
    stop_signal: str = Field("", alias="StopSignal")
    memory: Int = Field(0, alias="Memory")
    memory_swap: Int = Field(0, alias="MemorySwap")
    cpu_shares: Int = Field(0, alias="CpuShares")
    exposed_ports: tuple[str, ...] = Field((), alias="ExposedPorts")
    volumes: tuple[str, ...] = Field((), alias="Volumes")
    env: tuple[str, ...] = Field((), alias="Env")
    entrypoint: tuple[str, ...] = Field((), alias="Entrypoint")
    cmd: tuple[str, ...] = Field((), alias="Cmd")
    labels: Mapping[str, str] = Field({}, alias="Labels")
    healthcheck: OciHealthcheck | None = Field(None, alias="Healthcheck")


class OciImage(_Part):
    """One image."""

    parent: OciParent | None = None
    layer: tuple[str, ...] = ()
    architecture: str
    tags: tuple[str, ...] = ()
    os: str
    os_version: str = Field("", alias="os.version")
    os_features: tuple[str, ...] = Field((), alias="os.features")
    variant: str | None = None
    author: str = ""
    comment: str = ""
    config: OciImageConfig | None = None
    annotations: Mapping[str, str] = {}

    @model_validator(mode="after")
    def _has_variant(self) -> Self:
        if "os_features" in self.model_fields_set and self.variant is None:
            raise ValueError("an image with 'os.features' needs a 'variant'")
        return self


class OciConfig(KindConfig):
    """The configuration of an oci."""

    model_config = {"extra": "forbid"}
    mode: Literal["docker", "oci"] = "oci"
    gzip: Bool | None = None
    images: tuple[OciImage, ...]
    annotations: Annotated[Any, SkipValidation] = None

    @model_validator(mode="after")
    def _is_of_its_mode(self) -> Self:
        # The plugin reads the images as a mapping when there are annotations.
        if self.annotations is not None:
            raise ValueError("'annotations' beside images do not work in BuildStream")
        wrong = _OCI_ONLY if self.mode == "docker" else _DOCKER_ONLY
        for image in self.images:
            given = image.config.model_fields_set if image.config is not None else set()
            if given & wrong or (self.mode == "oci" and "tags" in image.model_fields_set):
                raise ValueError(f"an image has a key that is not for mode '{self.mode}'")
        return self


class Oci(ElementKind):
    """Container images."""

    name = "oci"
    config_model = OciConfig

    @classmethod
    def unique_key(cls, view: ElementView) -> KeyData:
        """Return the images as written, and whether they are compressed."""
        config = settings(view, OciConfig)
        gzip = config.mode == "oci" if config.gzip is None else config.gzip
        return {"annotations": None, "images": list(map(_image, config.images)), "gzip": gzip}


def _image(image: OciImage) -> dict[str, KeyData]:
    if image.config is not None and image.config.labels:
        raise KeyGapError("BuildStream itself has no key for an oci element with labels")
    key: dict[str, KeyData] = image.model_dump(by_alias=True, exclude_unset=True)
    if image.parent is not None:
        key["parent"] = image.parent.model_dump()
    if "os_features" not in image.model_fields_set:
        key.pop("variant", None)
    return key


OCI_KINDS: Final[tuple[type[ElementKind], ...]] = (Oci,)
