"""What users write must type-check: mypy reads this file, nothing runs it."""

from __future__ import annotations

from typing import assert_type

import bstgraph


def load() -> bstgraph.Project:
    """Load with every argument there is."""
    return bstgraph.load_project(
        "project",
        targets=["a.bst"],
        options={"arch": "x86_64"},
        junctions={"sub.bst": "checkout"},
        search=["clones"],
        max_jobs=2,
    )


def read_models(project: bstgraph.Project) -> None:
    """The models say what they hold."""
    assert_type(project.targets, tuple[bstgraph.ElementName, ...])
    for name, element in project.elements.items():
        assert_type(name, bstgraph.ElementName)
        assert_type(element, bstgraph.Element)
        assert_type(element.local_name, str)
        assert_type(element.dependencies, tuple[bstgraph.Dependency, ...])
        assert_type(element.sources, tuple[bstgraph.Source, ...])
        assert_type(element.provenance, bstgraph.Provenance | None)
        for dependency in element.dependencies:
            assert_type(dependency.name, bstgraph.ElementName)
            assert_type(dependency.strict, bool)


def ask(project: bstgraph.Project) -> None:
    """The graph answers with element names."""
    graph = bstgraph.Graph(project)
    name = project.targets[0]
    for below in graph.dependencies_of(name, scope=bstgraph.Scope.RUN):
        assert_type(below, bstgraph.ElementName)
    for above in graph.dependants_of(name):
        assert_type(above, bstgraph.ElementName)
    for staged in graph.staging_order(project.targets, scope=bstgraph.Scope.BUILD):
        assert_type(staged, bstgraph.ElementName)


def handle() -> None:
    """Every error has its place, its slug and its fix."""
    try:
        load()
    except bstgraph.LoadErrors as errors:
        assert_type(errors.render(), str)
    except bstgraph.BstGraphError as error:
        assert_type(error.at, bstgraph.Provenance | None)
        assert_type(error.fix, str | None)


def keys(project: bstgraph.Project) -> None:
    """Keys, what they are made of, and what changed."""
    state = bstgraph.load_state(project)
    assert_type(state, bstgraph.State)
    for name, found in state.keys.items():
        assert_type(name, bstgraph.ElementName)
        assert_type(found.strict.digest, str | None)
        assert_type(found.weak.exact, bool)
        assert_type(found.gaps, tuple[str, ...])
    assert_type(state.keys.inputs("a.bst").digest, str)
    assert_type(bstgraph.explain_key(state, "a.bst").strict.weak_key, str | None)
    other = bstgraph.load_state("project", revision="HEAD~1", rule="runbook", release="2.4")
    edited = bstgraph.load_state("project", ["a.bst"], edits={"elements/a.bst": "kind: stack"})
    for change in bstgraph.compare(other, edited).roots:
        assert_type(change.weak, bool)
