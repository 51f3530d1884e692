"""Settings: `bstgraph.toml` beside project.conf, or `[tool.bstgraph]` in a pyproject.toml there.

A project is not trusted, and neither are settings that came with it. They may choose how the
project is read: dialect, options, targets, max-jobs. Folders they name, for junctions and to
search for git clones, have to lie inside the project; folders elsewhere are read only when the
caller allows them (`--allow DIR`, `allow=`), and so `allow` is not theirs to set. Symbolic links
are resolved first. A settings file that the caller names (`--settings FILE`) is the caller's own
and may set everything.
"""

from __future__ import annotations

import os
import re
import tomllib
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Final, Literal

from pydantic import (
    BaseModel,
    ConfigDict,
    Field,
    StrictBool,
    StrictInt,
    StrictStr,
    StringConstraints,
    ValidationError,
)

from bstgraph.errors import ProjectError, SettingsError, did_you_mean
from bstgraph.provenance import Provenance
from bstgraph.yaml import read

if TYPE_CHECKING:
    from pydantic_core import ErrorDetails

OWN_FILE: Final = "bstgraph.toml"
SHARED_FILE: Final = "pyproject.toml"

_WANTED: Final = {
    "dict_type": "this is a table",
    "int_type": "this is a whole number",
    "mapping_type": "this is a table",
    "string_type": "this is text, in quotes",
    "too_short": "this list is empty",
    "string_too_short": "this text is empty",
    "tuple_type": "this is a list",
}
"""What pydantic's errors are in the words of TOML."""


class SuppressionSettings(BaseModel):
    """Findings of one check that nobody wants to hear of, for some elements."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    check: StrictStr
    """A code or a name."""
    elements: Annotated[tuple[StrictStr, ...], Field(min_length=1)]
    """Globs over full names."""
    reason: Annotated[StrictStr, StringConstraints(strip_whitespace=True, min_length=1)]


class CheckSettings(BaseModel):
    """The table `[checks]`: which checks run, and what becomes of their findings."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    select: tuple[StrictStr, ...] = ()
    """Codes, beginnings of codes or names; none means all."""
    ignore: tuple[StrictStr, ...] = ()
    """The same, of those that do not run."""
    severity: Mapping[StrictStr, Literal["error", "warning", "advice"]] = {}
    """Code or name -> how bad its findings are."""
    suppress: tuple[SuppressionSettings, ...] = ()
    baseline: StrictStr | None = None
    """A file with old findings that do not count, relative to the folder of the settings."""
    contract: Mapping[StrictStr, Any] = {}
    """The steps that assemble an image, as `bstgraph.steps.contract_from` takes them; `images` are
    globs over full names of the scripts that it is for. Without steps it is the runbook's."""
    non_strict: StrictBool = Field(default=False, alias="non-strict")
    """Whether the project is built with `bst --no-strict`."""


class Settings(BaseModel):
    """What can be set; folders are absolute once the settings were read."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    dialect: Literal["buildstream", "runbook"] | None = None
    junctions: Mapping[StrictStr, StrictStr] = {}
    """Full name of a junction element -> the folder with its files."""
    search: tuple[StrictStr, ...] = ()
    """Folders with git clones or mirrors of junctions."""
    allow: tuple[StrictStr, ...] = ()
    """Folders outside the project that it may read; only in a file that the caller names."""
    options: Mapping[StrictStr, StrictStr | StrictBool | tuple[StrictStr, ...]] = {}
    """Project options by name."""
    max_jobs: Annotated[StrictInt, Field(ge=1, le=4096)] | None = Field(None, alias="max-jobs")
    """The value of the variable `max-jobs`."""
    targets: tuple[StrictStr, ...] = ()
    """The elements to load when the caller names none."""
    checks: CheckSettings = CheckSettings()
    """Which checks `bstgraph check` runs."""


def project_settings(
    directory: str | os.PathLike[str], *, allow: Iterable[str | os.PathLike[str]] = ()
) -> Settings:
    """Return the settings that the project at `directory` brings; empty ones when it has none.

    `allow` is what the caller allows: folders that the settings may name besides the project's.

    Raises:
        SettingsError: a key or value is wrong, or a folder is outside (`bad-settings`).
        ProjectError: the file cannot be read.
    """
    root = Path(os.path.realpath(directory))
    found = [file for file in (_own(root), _shared(root)) if file]
    if len(found) > 1:
        raise SettingsError(
            "bad-settings",
            f"there are settings in {OWN_FILE} and in [tool.bstgraph] of {SHARED_FILE}",
            at=Provenance(OWN_FILE, 1, 1),
            fix="keep one of them",
        )
    if not found:
        return Settings()
    file = found[0]
    if "allow" in file.values:
        raise file.error(
            ("allow",),
            "a project does not decide what may be read outside of it",
            fix="give it on the command line: --allow DIR",
        )
    trusted = (root, *(Path(os.path.realpath(folder)) for folder in allow))
    return file.settings(trusted=trusted)


def read_settings(path: str | os.PathLike[str]) -> Settings:
    """Return the settings in a file that the caller names and trusts.

    Raises:
        SettingsError: a key or value is wrong (`bad-settings`).
        ProjectError: the file cannot be read.
    """
    name = os.fspath(path)
    file = _parse(Path(os.path.abspath(name)), name, read(name, name).text)
    return file.settings(trusted=None)


class _File:
    """The settings of one file as they were written, and where."""

    def __init__(self, folder: Path, name: str, text: str, values: Mapping[str, Any]) -> None:
        self._folder = folder
        self._name = name
        self._text = text
        self.values = values

    def settings(self, *, trusted: Iterable[Path] | None) -> Settings:
        """Return the settings, checked; folders lie below `trusted`, None for anywhere."""
        try:
            settings = Settings.model_validate(dict(self.values))
        except ValidationError as error:
            raise self._wrong(error.errors()[0]) from None
        roots = None if trusted is None else tuple(trusted)
        return settings.model_copy(
            update={
                "junctions": {
                    name: self._directory(folder, roots, "junctions", name)
                    for name, folder in settings.junctions.items()
                },
                "search": tuple(self._directory(f, roots, "search") for f in settings.search),
                "allow": tuple(self._directory(f, roots, "allow") for f in settings.allow),
            }
        )

    def error(self, keys: Iterable[str | int], message: str, fix: str | None) -> SettingsError:
        """Return an error at the line of the last of `keys`."""
        return SettingsError("bad-settings", message, at=self._place(tuple(keys)), fix=fix)

    def _wrong(self, error: ErrorDetails) -> SettingsError:
        keys = error["loc"]
        # A choice of types puts its own names behind the key.
        shown = ".".join(str(key) for key in keys[:2] if key in (keys[0], *self._names(keys[0])))
        if error["type"] == "extra_forbidden":
            return self.error(keys, f"there is no setting '{shown}'", _nearest(keys))
        if error["type"] == "missing":
            return self.error(keys[:2], f"'{shown}' lacks '{keys[-1]}'", None)
        problem = _WANTED.get(error["type"], error["msg"].lower())
        return self.error(keys[:2], f"'{shown}': {problem}", None)

    def _names(self, key: str | int) -> Iterable[str]:
        value = self.values.get(str(key))
        return value if isinstance(value, Mapping) else ()

    def _directory(self, text: str, trusted: tuple[Path, ...] | None, *keys: str) -> str:
        try:
            folder = Path(os.path.realpath(self._folder / text))
        except (OSError, ValueError):
            raise self.error(keys, f"'{keys[-1]}': this is no folder name", None) from None
        if trusted is not None and not any(folder.is_relative_to(root) for root in trusted):
            raise self.error(
                keys,
                f"'{text}' is outside the project, and its settings came with the project",
                f"allow the folder if you trust this: --allow {folder}",
            )
        if not folder.is_dir():
            raise self.error(keys, f"there is no folder '{text}'", None)
        return str(folder)

    def _place(self, keys: tuple[str | int, ...]) -> Provenance:
        """Return where the last of `keys` is written, as far as a look at the lines tells."""
        lines = self._text.splitlines()
        for key in reversed([key for key in keys if isinstance(key, str)]):
            pattern = re.compile(rf"""[\[.\s"'{{,]*(?P<key>{re.escape(key)})(?=["'\s.=\]])""")
            for number, line in enumerate(lines, 1):
                if match := pattern.match(line):
                    return Provenance(self._name, number, match.start("key") + 1, line)
        return Provenance(self._name, 1, 1)


def _nearest(keys: tuple[str | int, ...]) -> str | None:
    """Return what could be meant by the last of `keys`, or what there is."""
    model: type[BaseModel] = Settings
    for key, inner in (("checks", CheckSettings), ("suppress", SuppressionSettings)):
        if key in keys[:-1]:
            model = inner
    known = [field.alias or name for name, field in model.model_fields.items()]
    return did_you_mean(str(keys[-1]), known) or f"there are {', '.join(known)}"


def _own(root: Path) -> _File | None:
    path = root / OWN_FILE
    if not os.path.lexists(path):
        return None
    if not Path(os.path.realpath(path)).is_relative_to(root):
        raise SettingsError(
            "bad-settings",
            "the file is a symbolic link to outside the project",
            at=Provenance(OWN_FILE, 1, 1),
            fix="name a file of your own: --settings FILE",
        )
    return _parse(path, OWN_FILE, read(str(path), OWN_FILE).text)


def _shared(root: Path) -> _File | None:
    """Return `[tool.bstgraph]` of a pyproject.toml; a file that cannot be read has none."""
    path = root / SHARED_FILE
    if not Path(os.path.realpath(path)).is_relative_to(root):
        return None
    try:
        text = read(str(path), SHARED_FILE).text
    except ProjectError:
        return None
    if "bstgraph" not in text:
        return None
    file = _parse(path, SHARED_FILE, text)
    tools = file.values.get("tool")
    own = tools.get("bstgraph") if isinstance(tools, Mapping) else None
    if own is None:
        return None
    if not isinstance(own, Mapping):
        raise file.error(("bstgraph",), "'tool.bstgraph' is a table", None)
    file.values = own
    return file


def _parse(path: Path, name: str, text: str) -> _File:
    try:
        values = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        match = re.search(r"(.*) \(at (?:line (\d+), column (\d+)|end of document)\)", str(error))
        problem, line, column = match.groups() if match else (str(error), None, None)
        number = int(line or text.count("\n") + 1)
        written = text.splitlines()[number - 1 : number]
        at = Provenance(name, number, int(column or 1), "".join(written))
        raise SettingsError("bad-settings", f"no valid TOML: {problem}", at=at) from None
    except RecursionError:
        raise SettingsError(
            "bad-settings", "nested too deeply", at=Provenance(name, 1, 1)
        ) from None
    return _File(path.parent, name, text, values)
