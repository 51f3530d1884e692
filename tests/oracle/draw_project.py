"""Random projects: project.conf, options, includes, junctions, links and overrides."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from tests.oracle import draw_elements
from tests.oracle.dice import Dice
from tests.oracle.draw_elements import VARIABLES, Option, Scene
from tests.oracle.yaml_text import Yaml

_NAMES = ("b", "m", "dir/c", "dir/d", "z", "B", "a-2", "a.b", "k_9")
_ALL_OPTIONS = (
    Option(name="debug", type="bool"),
    Option(name="mode", type="enum", values=("small", "medium", "large")),
    Option(name="parts", type="flags", values=("x", "w", "y9")),
    Option(name="machine", type="arch", values=("aarch64", "x86_64", "i686")),
    Option(name="system", type="os", values=("Linux", "Darwin")),
    Option(name="chosen", type="element-mask", values=("a.bst",)),
)


@dataclass(slots=True, kw_only=True)
class Made:
    """A finished project as its parents see it."""

    name: str
    folder: str
    """Where it lies in the tree; empty for the toplevel project."""
    depth: int = 0
    """How many levels of subprojects it may have."""
    files: dict[str, Any] = field(default_factory=dict)
    """Its files, named from its own folder."""
    scene: Scene
    junctions: dict[str, Made] = field(default_factory=dict)
    local: list[str] = field(default_factory=list)
    """Its own elements, dependencies first."""

    def reach(self) -> dict[str, str]:
        """Return the elements a parent may depend on through a junction to it, with kinds."""
        return dict(self.scene.kinds)


def project(dice: Dice, name: str, folder: str, depth: int) -> Made:
    """Return a project with up to `depth` levels of subprojects below it."""
    made = Made(name=name, folder=folder, depth=depth, scene=Scene())
    scene = made.scene
    elements = dice.pick(("elements/", "elements/", ""))
    scene.options = _options(dice)
    scene.sources = ("files/data.txt", "files", "./files/more")
    scene.aliases = dice.some(("al", "mirror-x"), 2)
    made.files["files/data.txt"] = "some: data\n"
    made.files["files/more/caf\u00e9"] = dice.pick(("", "x", "two\nlines\n"))
    made.files["files/more/B"] = "capitals come first"
    for number in range(dice.number(0, 2) if depth else 0):
        _subproject(dice, made, elements, number)
    twins = dice.chance(20) and _twin(dice, made, elements)
    scene.includes = _includes(dice, made)
    made.files["project.conf"] = _conf(dice, made, elements)
    if twins and dice.chance(80):
        made.files["project.conf"]["junctions"] = _declared_twins(dice, twins)
    for local in ["a", *dice.some(_NAMES, 7)]:
        kind = dice.pick(draw_elements.KINDS)
        if kind == "filter" and not draw_elements.filterable(scene):
            kind = "import"
        made.files[f"{elements}{local}.bst"] = draw_elements.element(dice, scene, kind)
        scene.kinds[f"{local}.bst"] = kind
        made.local.append(f"{local}.bst")
        if dice.chance(12):
            _link(dice, made, elements, f"{local}.bst")
    if made.junctions and dice.chance(35):
        _override(dice, made, elements)
    if made.junctions and dice.chance(25):
        _override_junction(dice, made, elements)
    if dice.chance(10):
        _refs(dice, made)
    return made


def _options(dice: Dice) -> list[Option]:
    chosen = dice.some(_ALL_OPTIONS, 4)
    return [
        Option(
            name=option.name,
            type=option.type,
            values=option.values,
            exported=f"opt-{option.name}" if dice.chance(50) else "",
        )
        for option in chosen
    ]


def _declared(dice: Dice, option: Option) -> dict[str, Yaml]:
    made: dict[str, Yaml] = {"type": option.type, "description": f"about {option.name}"}
    if option.exported:
        made["variable"] = option.exported
    if option.type not in {"bool", "element-mask"}:
        made["values"] = list(option.values)
    default = chosen_value(dice, option)
    # The machine that runs the tests decides; declared for all of them above.
    if option.type not in {"arch", "os"} and (option.type != "element-mask" or dice.chance(10)):
        made["default"] = default if option.type != "element-mask" else []
    return made


def chosen_value(dice: Dice, option: Option) -> Yaml:
    """Return a legal value as YAML would give it."""
    if option.type == "bool":
        return dice.pick(("False", "True"))
    if option.type in {"flags", "element-mask"}:
        return [*dice.some(option.values, 2)]
    return dice.pick(option.values)


def _subproject(dice: Dice, parent: Made, elements: str, number: int) -> None:
    below = f"{parent.folder}sub{number}/"
    child = project(dice, f"{parent.name}-s{number}", below, parent.depth - 1)
    for name, data in child.files.items():
        parent.files[f"sub{number}/{name}"] = data
    junction = dice.pick((f"s{number}.bst", f"junctions/s{number}.bst"))
    inner = dice.chance(20)
    config: dict[str, Yaml] = {}
    if inner:
        config["path"] = f"sub{number}"
    options = _junction_options(dice, child)
    if options:
        config["options"] = options
    if dice.chance(20):
        config["map-aliases"] = (
            "identity" if child.scene.aliases == parent.scene.aliases else "none"
        )
    made: dict[str, Yaml] = {
        "kind": "junction",
        "sources": [{"kind": "local", "path": "." if inner else f"sub{number}"}],
    }
    if inner and not elements:
        made["sources"] = [{"kind": "local", "path": f"sub{number}"}]
        config.pop("path")
    if config:
        made["config"] = config
    parent.files[f"{elements}{junction}"] = made
    parent.junctions[junction] = child
    for name, kind in child.reach().items():
        parent.scene.kinds[f"{junction}:{name}"] = kind
    _links_to(dice, parent, elements, junction)


def _links_to(dice: Dice, made: Made, elements: str, junction: str) -> None:
    """Link to a junction and to the junctions behind it, now and then."""
    child = made.junctions[junction]
    targets = {junction: child, **{f"{junction}:{n}": c for n, c in child.junctions.items()}}
    for number, (target, there) in enumerate(targets.items()):
        if dice.chance(20):
            link = f"ln-{number}-{junction.replace('/', '-')}"
            made.files[f"{elements}{link}"] = {"kind": "link", "config": {"target": target}}
            for name, kind in there.reach().items():
                made.scene.kinds[f"{link}:{name}"] = kind


def _twin(dice: Dice, made: Made, elements: str) -> tuple[str, str, str] | None:
    """Reach a subproject through a second junction; return its name and both junctions."""
    if not made.junctions:
        return None
    junction = dice.pick(list(made.junctions))
    child = made.junctions[junction]
    folder = child.folder[len(made.folder) :].strip("/")
    made.files[f"{elements}twin.bst"] = {
        "kind": "junction",
        "sources": [{"kind": "local", "path": folder}],
    }
    for name, kind in child.reach().items():
        made.scene.kinds[f"twin.bst:{name}"] = kind
    return child.name, junction, "twin.bst"


def _declared_twins(dice: Dice, twins: tuple[str, str, str]) -> dict[str, Yaml]:
    name, *junctions = twins
    if dice.chance(60):
        return {"duplicates": {name: junctions[: dice.pick((2, 2, 1))]}}
    return {"internal": junctions[: dice.pick((2, 1))]}


def _refs(dice: Dice, made: Made) -> None:
    """Keep the refs of the project's sources in project.refs."""
    made.files["project.conf"]["ref-storage"] = "project.refs"
    kept = {
        name: [{"ref": "cd" * 32} if dice.chance(70) else {} for _ in range(dice.number(0, 2))]
        for name in dice.some(made.local, 4)
    }
    made.files["project.refs"] = {"projects": {made.name: kept}}


def _override_junction(dice: Dice, made: Made, elements: str) -> None:
    """Let a junction of a subproject be replaced by an own one for the same files."""
    junction = dice.pick(list(made.junctions))
    inner = made.junctions[junction].junctions
    if not inner:
        return
    replaced = dice.pick(list(inner))
    folder = inner[replaced].folder[len(made.folder) :].strip("/")
    made.files[f"{elements}over.bst"] = {
        "kind": "junction",
        "sources": [{"kind": "local", "path": folder}],
    }
    config = made.files[f"{elements}{junction}"].setdefault("config", {})
    config.setdefault("overrides", {})[replaced] = "over.bst"


def _junction_options(dice: Dice, child: Made) -> dict[str, Yaml]:
    return {option.name: chosen_value(dice, option) for option in dice.some(child.scene.options, 3)}


def _includes(dice: Dice, made: Made) -> list[str]:
    """Write files to include; return what `(@)` may name, also across junctions."""
    own: list[str] = []
    for number in range(dice.number(0, 3)):
        name = f"include/i{number}.yml"
        body: dict[str, Yaml] = draw_elements.body(dice, made.scene, "")
        if own and dice.chance(30):
            body["(@)"] = own[-1]
        elif made.junctions and dice.chance(20):
            body["(@)"] = [across for across in _across(made) if dice.chance(50)]
        if not body.get("(@)", "x"):
            del body["(@)"]
        if dice.chance(25):
            fragment = draw_elements.body(dice, made.scene, "")
            body["(?)"] = draw_elements.conditional(dice, made.scene.options, [fragment])
        made.files[name] = body
        own.append(name)
    return [*own, *_across(made)]


def _across(made: Made) -> list[str]:
    return [
        f"{junction}:{name}"
        for junction, child in made.junctions.items()
        for name in child.scene.includes
    ]


def _conf(dice: Dice, made: Made, elements: str) -> dict[str, Yaml]:
    scene = made.scene
    conf: dict[str, Yaml] = {"name": made.name, "min-version": dice.pick(("2.0", "2.4", "2.8"))}
    if elements:
        conf["element-path"] = elements.strip("/")
    if scene.options:
        conf["options"] = {option.name: _declared(dice, option) for option in scene.options}
    conf["variables"] = _all_variables(dice, scene)
    if scene.aliases:
        conf["aliases"] = {
            alias: dice.pick(("https://a.example/", "https://b.example/%{project-name}/"))
            for alias in scene.aliases
        }
    conf.update(_conf_sections(dice, scene))
    if dice.chance(20):
        conf["fatal-warnings"] = dice.some(("overlaps", "ref-not-in-track", "b"), 2)
    if scene.includes and dice.chance(35):
        conf["(@)"] = _conf_include(dice, made)
    if dice.chance(30):
        fragment: dict[str, Yaml] = {"variables": draw_elements.variables(dice, scene, own=False)}
        fragment.update(_conf_sections(dice, scene))
        conf["(?)"] = draw_elements.conditional(dice, scene.options, [fragment])
    return conf


def _conf_include(dice: Dice, made: Made) -> Yaml:
    """Write a file for project.conf to include; it may itself include across a junction."""
    body: dict[str, Yaml] = {"variables": draw_elements.variables(dice, made.scene, own=False)}
    body.update(_conf_sections(dice, made.scene))
    if dice.chance(25):
        fragment: Yaml = {"variables": draw_elements.variables(dice, made.scene, own=False)}
        body["(?)"] = draw_elements.conditional(dice, made.scene.options, [fragment])
    made.files["include/conf.yml"] = body
    across = [f"{j}:include/conf.yml" for j, c in made.junctions.items() if _has_conf(c)]
    return (
        ["include/conf.yml", dice.pick(across)]
        if across and dice.chance(60)
        else "include/conf.yml"
    )


def _has_conf(made: Made) -> bool:
    return "include/conf.yml" in made.files


def _all_variables(dice: Dice, scene: Scene) -> dict[str, Yaml]:
    """Return a section that gives every one of the common variables a value."""
    usable = [*draw_elements.BUILTIN_VARIABLES, *scene.exported]
    made: dict[str, Yaml] = {}
    for name in VARIABLES:
        made[name] = dice.value(usable)
        usable.append(name)
    if dice.chance(25):
        key = dice.pick(VARIABLES)
        made["(?)"] = draw_elements.conditional(dice, scene.options, [{key: "project"}])
    return made


def _conf_sections(dice: Dice, scene: Scene) -> dict[str, Yaml]:
    usable = [*draw_elements.BUILTIN_VARIABLES, *VARIABLES, *scene.exported]
    made: dict[str, Yaml] = {}
    if dice.chance(30):
        made["environment"] = draw_elements.environment(dice, usable)
    if dice.chance(20):
        made["environment-nocache"] = dice.some(("E0", "MAXJOBS"), 2)
    if dice.chance(25):
        made["split-rules"] = {
            domain: draw_elements.listed(dice, usable, directive=domain != "more")
            for domain in dice.some(("runtime", "doc", "more"), 2)
        }
    if dice.chance(15):
        made["sandbox"] = draw_elements.sandbox(dice)
    if dice.chance(35):
        kinds = dice.some(("manual", "script", "compose", "filter", "import", "stack"), 2)
        made["elements"] = {kind: draw_elements.body(dice, scene, kind) for kind in kinds}
    if dice.chance(15):
        made["sources"] = {
            "remote": {"config": {"filename": dice.pick(("over.txt", "over-%{project-name}"))}},
            "tar": {"config": {"base-dir": dice.pick(("", "over-%{v3}"))}},
        }
    return made


def _link(dice: Dice, made: Made, elements: str, target: str) -> None:
    name = f"ln-{len(made.files)}.bst"
    others = list(made.scene.kinds)
    target = dice.pick([target, *others])
    made.files[f"{elements}{name}"] = {"kind": "link", "config": {"target": target}}
    made.scene.kinds[name] = made.scene.kinds[target]


def _override(dice: Dice, made: Made, elements: str) -> None:
    """Let a junction put an own leaf element in the place of one of the subproject."""
    junction = dice.pick(list(made.junctions))
    leaf = "leaf.bst"
    made.files[f"{elements}{leaf}"] = {
        "kind": "import",
        "sources": [{"kind": "local", "path": "files"}],
    }
    made.local.append(leaf)
    child = made.junctions[junction]
    config = made.files[f"{elements}{junction}"].setdefault("config", {})
    paths = list(child.reach())
    config["overrides"] = dict.fromkeys(dice.some(paths, 2) or paths[:1], leaf)
