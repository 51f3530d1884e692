"""Random element files: sections, conditions, includes, sources and every dependency form."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from tests.oracle.dice import Dice
from tests.oracle.yaml_text import Yaml

BUILTIN_VARIABLES = (
    "prefix",
    "bindir",
    "libdir",
    "lib",
    "mandir",
    "install-root",
    "project-name",
    "max-jobs",
)
# Each may use the built-in ones and those before it, so that no redefinition makes a cycle.
VARIABLES = ("v0", "v1", "v2", "v3", "v4", "v5")
KINDS = ("manual", "manual", "import", "compose", "filter", "script", "stack")
_COMMANDS = ("configure-commands", "build-commands", "install-commands", "strip-commands")


@dataclass(frozen=True, slots=True, kw_only=True)
class Option:
    """A declared option: how conditions may use it, what it may be set to."""

    name: str
    type: str
    values: tuple[str, ...] = ()
    exported: str = ""


@dataclass(slots=True, kw_only=True)
class Scene:
    """What an element file of a project may refer to while the project is being drawn."""

    options: Sequence[Option] = ()
    includes: Sequence[str] = ()
    """What `(@)` may name: files of the project, and of its subprojects through junctions."""
    kinds: dict[str, str] = field(default_factory=dict)
    """Elements drawn so far, by the path a dependency may write; with their kinds."""
    sources: Sequence[str] = ()
    """Files and folders that a local source may name."""
    aliases: Sequence[str] = ()

    @property
    def exported(self) -> list[str]:
        """The variables that options are exported as."""
        return [option.exported for option in self.options if option.exported]


def expression(dice: Dice, options: Sequence[Option]) -> str:
    """Return a condition over the options."""
    if not options or dice.chance(5):
        return dice.pick(("True", "False", "1 == 1", "'a' in 'abc'"))
    if dice.chance(25):
        left, right = expression(dice, options), expression(dice, options)
        return f"({left}) {dice.pick(('and', 'or'))} ({right})"
    option = dice.pick(options)
    if option.type == "bool":
        return dice.pick(("{0}", "not {0}", "{0} == True", "{0} == 1")).format(option.name)
    value = dice.pick(option.values)
    if option.type in {"flags", "element-mask"}:
        shape = dice.pick(('"{1}" in {0}', '"{1}" not in {0}', "{0}|length > 1"))
    else:
        shape = dice.pick(('{0} == "{1}"', "{0} != '{1}'", '{0} in ["{1}", "zz"]', '"{1}" == {0}'))
    return shape.format(option.name, value)


def conditional(dice: Dice, options: Sequence[Option], fragments: Sequence[Yaml]) -> Yaml:
    """Return the value of `(?)` with the given fragments."""
    return [{expression(dice, options): fragment} for fragment in fragments]


def variables(dice: Dice, scene: Scene, *, own: bool) -> dict[str, Yaml]:
    """Return a `variables` section; `own` adds some that only this element has."""
    section: dict[str, Yaml] = {}
    usable = [*BUILTIN_VARIABLES, *scene.exported]
    for name in VARIABLES:
        if dice.chance(25):
            section[name] = dice.value([*usable, "element-name"] if own else usable)
        usable.append(name)
    if dice.chance(10):
        section["prefix"] = dice.pick(("/opt", "/app/x"))
    if dice.chance(12):
        # What element kinds read: where commands run, and what is collected.
        name = dice.pick(("command-subdir", "build-root", "install-root", "cwd"))
        section[name] = dice.pick(("", "/", "sub/%{lib}", "/there"))
    if dice.chance(8):
        section["notparallel"] = dice.pick(("True", "False", "true", "1", "0"))
    for name in ("e0", "e1") if own else ():
        if dice.chance(30):
            section[name] = dice.value([*usable, "element-name"])
            usable.append(name)
    if section and dice.chance(15):
        key = dice.pick(list(section))
        section["(?)"] = conditional(dice, scene.options, [{key: dice.pick(("c1", "c2"))}])
        if key == "notparallel":
            del section["(?)"]
    return section


def listed(dice: Dice, usable: Sequence[str], *, directive: bool) -> Yaml:
    """Return a list, or directives that change a list below it."""
    items = [dice.value(usable) for _ in range(dice.number(0, 3))]
    if not directive or dice.chance(45):
        return items
    keys = dice.pick((("(>)",), ("(<)",), ("(=)",), ("(>)", "(<)"), ("(=)", "(>)"), ("(<)", "(=)")))
    return {key: [dice.value(usable) for _ in range(dice.number(0, 2))] for key in keys}


def environment(dice: Dice, usable: Sequence[str]) -> dict[str, Yaml]:
    """Return an `environment` section."""
    names = dice.some(("PATH", "E0", "E1", "MAXJOBS", "LC_ALL"), 3)
    return {name: "%{max-jobs}" if name == "MAXJOBS" else dice.value(usable) for name in names}


def public(dice: Dice, usable: Sequence[str]) -> dict[str, Yaml]:
    """Return a `public` section."""
    bst: dict[str, Yaml] = {}
    if dice.chance(40):
        bst["integration-commands"] = listed(dice, usable, directive=False)
    if dice.chance(30):
        bst["overlap-whitelist"] = listed(dice, usable, directive=False)
    if dice.chance(50):
        rules: dict[str, Yaml] = {}
        for domain in dice.some(("runtime", "devel", "extra", "locale"), 2):
            rules[domain] = listed(dice, usable, directive=domain != "extra")
        bst["split-rules"] = rules
    section: dict[str, Yaml] = {"bst": bst} if bst else {}
    if dice.chance(25):
        section["custom"] = {
            "deep": {"list": [dice.value(usable), {"key": dice.value(usable)}]},
            dice.pick(("%{v0}", "plain", "two words")): dice.value(usable),
        }
    return section


def config(dice: Dice, kind: str, usable: Sequence[str]) -> dict[str, Yaml]:
    """Return a `config` section for a kind."""
    if kind == "manual":
        return {key: listed(dice, usable, directive=True) for key in dice.some(_COMMANDS, 2)}
    if kind == "script":
        found: dict[str, Yaml] = {"commands": listed(dice, usable, directive=True)}
        if dice.chance(30):
            found["root-read-only"] = dice.pick(("True", "false", "1"))
        return found
    if kind == "import":
        return {
            key: dice.pick(("/", "/usr", "%{prefix}")) for key in dice.some(("source", "target"), 2)
        }
    if kind in {"compose", "filter"}:
        return _domains(dice, kind)
    return {"anything": dice.value(usable)} if kind == "stack" and dice.chance(10) else {}


def _domains(dice: Dice, kind: str) -> dict[str, Yaml]:
    own = "integrate" if kind == "compose" else "pass-integration"
    found: dict[str, Yaml] = {}
    for key in dice.some(("include", "exclude"), 2):
        domains = dice.some(("runtime", "devel", "locale", "%{v0}"), 2)
        found[key] = {"(>)": domains} if dice.chance(30) else domains
    for key in dice.some(("include-orphans", own), 2):
        found[key] = dice.pick(("True", "False", "0", "true"))
    return found


def body(dice: Dice, scene: Scene, kind: str) -> dict[str, Yaml]:
    """Return sections as they may stand in an element, an include, a fragment, an override."""
    usable = [*BUILTIN_VARIABLES, *VARIABLES, *scene.exported]
    made: dict[str, Yaml] = {}
    if dice.chance(50):
        made["variables"] = variables(dice, scene, own=False)
    if dice.chance(30):
        made["environment"] = environment(dice, usable)
    if dice.chance(15):
        made["environment-nocache"] = dice.some(("E0", "MAXJOBS", "NOPE"), 2)
    if dice.chance(25):
        made["public"] = public(dice, usable)
    if kind and dice.chance(45):
        made["config"] = config(dice, kind, usable)
    if dice.chance(10):
        made["sandbox"] = sandbox(dice)
    return made


def sandbox(dice: Dice) -> dict[str, Yaml]:
    """Return a `sandbox` section."""
    full: dict[str, Yaml] = {
        "build-uid": dice.pick(("1000", "+7", "0_1")),
        "build-gid": "0",
        "build-os": dice.pick(("Linux", "Haiku", "")),
        "build-arch": dice.pick(("x86_64", "ARMv8l", "ppc64le", "")),
        "remote-apis-socket": {"path": "/run/%{lib}"},
    }
    socket = full["remote-apis-socket"]
    if isinstance(socket, dict) and dice.chance(50):
        socket["action-cache-enable-update"] = dice.pick(("True", "False", "1"))
    return {key: full[key] for key in dice.some(tuple(full), 2)}


def element(dice: Dice, scene: Scene, kind: str) -> dict[str, Yaml]:
    """Return an element file of a kind, with dependencies on what the scene has so far."""
    usable = [*BUILTIN_VARIABLES, *VARIABLES, *scene.exported, "element-name"]
    made: dict[str, Yaml] = {"kind": kind}
    if dice.chance(15):
        made["description"] = dice.pick(("short", "two\nlines", "%{v0} stays"))
    made.update(body(dice, scene, kind))
    if dice.chance(25):
        made["variables"] = variables(dice, scene, own=True)
    if kind in {"manual", "import"}:
        count = dice.number(1 if kind == "import" else 0, 2)
        made["sources"] = [source(dice, scene, usable) for _ in range(count)]
    made.update(dependencies(dice, scene, kind))
    if scene.includes and dice.chance(30):
        chosen = dice.some(scene.includes, 3)
        made["(@)"] = chosen if len(chosen) > 1 or not chosen else chosen[0]
        if not chosen:
            del made["(@)"]
    if dice.chance(35):
        fragments: list[Yaml] = [body(dice, scene, kind) for _ in range(dice.number(1, 2))]
        made["(?)"] = conditional(dice, scene.options, fragments)
    return {key: made[key] for key in ("kind", *dice.shuffled([k for k in made if k != "kind"]))}


def source(dice: Dice, scene: Scene, usable: Sequence[str]) -> dict[str, Yaml]:
    """Return one source: local, remote or tar."""
    made: dict[str, Yaml] = {"kind": dice.pick(("local", "remote", "tar"))}
    if dice.chance(30):
        made["directory"] = dice.pick(("sub", "a/b", "%{v0}"))
    if made["kind"] == "local":
        return {**made, "path": dice.pick(scene.sources)}
    host = dice.pick([f"{alias}:" for alias in scene.aliases] or ["https://example.com/"])
    made["url"] = f"{host}{dice.pick(('file.tar', 'dir/%{project-name}.tar.xz'))}"
    if dice.chance(70):
        made["ref"] = dice.pick(("0" * 64, "ab" * 32))
    for key in dice.some(("version", "version-guess-pattern"), 2) if dice.chance(20) else ():
        made[key] = dice.pick(("1.2", "%{v0}", ""))
    if made["kind"] == "remote" and dice.chance(20):
        made["executable"] = dice.pick(("True", "0"))
    if made["kind"] == "remote" and dice.chance(30):
        made["filename"] = dice.pick(("name.txt", "x-%{project-name}"))
    if made["kind"] == "tar" and dice.chance(30):
        made["base-dir"] = dice.pick(("", "*", dice.value(usable)))
    if dice.chance(10):
        made["provenance"] = {"homepage": "https://example.com/%{v0}"}
    return made


def filterable(scene: Scene) -> list[str]:
    """Return what a filter element may have as its only build dependency."""
    return [name for name, kind in scene.kinds.items() if kind != "stack"]


def dependencies(dice: Dice, scene: Scene, kind: str) -> dict[str, Yaml]:
    """Return dependency lists that the kind allows."""
    names = dice.some(list(scene.kinds), 5)
    lists: dict[str, list[Yaml]] = {}
    if kind == "filter":
        parent = dice.pick(filterable(scene))
        lists["build-depends"] = [parent]
        # Others that lead to the same element through a link are a mistake.
        others = [name for name in names if "ln-" not in name + parent and name != parent]
        if others and dice.chance(30):
            lists["runtime-depends"] = list(others)
        return {**lists}
    for name in names:
        key, entry = _entry(dice, kind, name)
        lists.setdefault(key, []).append(entry)
    if kind == "stack":
        # The only key that a stack may use; the same elements as both lists say the same.
        return {"depends": lists["depends"]} if lists else {}
    if dice.chance(15) and names:
        again = dice.pick(names)
        key, entry = _entry(dice, kind, again)
        lists.setdefault(key, []).append(entry)
    return {**lists}


def _entry(dice: Dice, kind: str, name: str) -> tuple[str, Yaml]:
    """Return one dependency in some form, and the list that it goes to."""
    build_only = kind in {"compose", "script"}
    if kind == "stack":
        return "depends", _spelled(dice, name, {})
    key = (
        "build-depends"
        if build_only
        else dice.pick(("depends", "build-depends", "runtime-depends", "depends"))
    )
    extra: dict[str, Yaml] = {}
    built = key != "runtime-depends"
    if build_only and dice.chance(15):
        key, extra["type"] = "depends", "build"
    elif key == "depends" and dice.chance(30):
        extra["type"] = dice.pick(("build", "runtime", "all"))
        built = extra["type"] != "runtime"
    if built and dice.chance(15):
        extra["strict"] = "true"
    if built and kind in {"manual", "script"} and dice.chance(20):
        locations = ("/", "/sysroot", "%{prefix}/x", "/%{v1}", "")
        placed: dict[str, Yaml] = {"location": dice.pick(locations)}
        if kind == "manual" and dice.chance(40):
            placed["digest-environment"] = dice.pick(("DIGEST", "%{v0}"))
            if dice.chance(50):
                del placed["location"]
        extra["config"] = placed
    return key, _spelled(dice, name, extra)


def _spelled(dice: Dice, name: str, extra: Mapping[str, Yaml]) -> Yaml:
    junction, _, local = name.rpartition(":")
    if dice.chance(8):
        local = dice.pick((f"./{local}", f"nowhere/../{local}"))
    if junction and dice.chance(30):
        return {"filename": local, "junction": junction, **extra}
    written = f"{junction}:{local}" if junction else local
    if extra or dice.chance(20):
        return {"filename": [written] if dice.chance(25) else written, **extra}
    return written
