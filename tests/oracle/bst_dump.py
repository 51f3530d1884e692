"""Say what the real BuildStream makes of projects: many jobs in one process, as JSON lines.

Run it with a Python that has BuildStream 2.8.1; it never imports bstgraph. Each line of standard
input is a job, each line of standard output the answer to one, in the same order::

    {"id": 1, "directory": "/some/project", "targets": ["a.bst"], "options": {"arch": "x86_64"},
     "max_jobs": 2, "timeout": 60}

Only `id` and `directory` are required. The answer holds the job's `id` and its `seconds`, and
either `error` (`kind` is "rejected" for BuildStream's own errors, "crashed" for any other
exception, "timeout" for a job that took too long) or `elements`, in the order of
`bst show --deps all --order stage`. Scope lists are positions in that list. `warnings` holds what
BuildStream warned about.

A job loads as `bst show` does without user configuration. Nothing is shared between jobs but the
CAS server, which has no say in what an element is.
"""

from __future__ import annotations

import contextlib
import datetime as dt
import gc
import json
import os
import signal
import sys
import tempfile
import time
import traceback
from collections.abc import Iterator
from importlib import import_module
from pathlib import Path
from types import FrameType
from typing import Any, TextIO

# Local plugins are Python modules in the project: leave no compiled files beside them.
sys.dont_write_bytecode = True

# BuildStream has no type information for its private modules, and type checkers of bstgraph do
# not have BuildStream: everything from it is `Any`.
_cachekey: Any = import_module("buildstream._cachekey")
_BstError: Any = import_module("buildstream._exceptions").BstError
_Context: Any = import_module("buildstream._context").Context
_Element: Any = import_module("buildstream.element").Element
_MessageType: Any = import_module("buildstream._message").MessageType
_Project: Any = import_module("buildstream._project").Project
_SandboxConfig: Any = import_module("buildstream.element").SandboxConfig
_Stream: Any = import_module("buildstream._stream").Stream
_types: Any = import_module("buildstream.types")

_COLLECT_EVERY = 50  # jobs; a project's cycles of elements, loaders and plugin modules add up


class _JobTimeoutError(BaseException):
    """A job took too long; no `Exception`, so that nothing in BuildStream catches it."""


class _Observer:
    """Keeps what BuildStream forgets once an element is made.

    That is the load element (dependencies as written), the composed sandbox mapping, and what was
    hashed. No hook is on a recursive path, so that deep projects overflow where they do without.
    """

    def __init__(self) -> None:
        self.load_elements: dict[int, Any] = {}
        self.sandboxes: dict[int, Any] = {}
        self.hashed: dict[str, Any] = {}
        self._sandbox: Any = None
        self._observe_elements()
        self._observe_keys()

    def _observe_keys(self) -> None:
        generate_key = _cachekey.generate_key

        def observed_generate_key(value: Any) -> str:
            key: str = generate_key(value)
            self.hashed[key] = value
            return key

        _cachekey.generate_key = observed_generate_key

    def _observe_elements(self) -> None:
        create_element = _Project.create_element
        new_from_node = _SandboxConfig.new_from_node

        def observed_new_from_node(config: Any, *, platform: Any = None) -> Any:
            self._sandbox = config.strip_node_info()
            return new_from_node(config, platform=platform)

        def observed_create_element(project: Any, load_element: Any) -> Any:
            element = create_element(project, load_element)
            self.load_elements[element._unique_id] = load_element
            self.sandboxes[element._unique_id] = self._sandbox
            return element

        _SandboxConfig.new_from_node = observed_new_from_node
        _Project.create_element = observed_create_element

    def forget(self) -> None:
        self.load_elements.clear()
        self.sandboxes.clear()
        self.hashed.clear()
        self._sandbox = None


class Dumper:
    """Answers jobs; owns the CAS server that they share."""

    def __init__(self) -> None:
        self._observer = _Observer()
        self._keeper = _Context()
        self._keeper.load(None)
        self._keeper.messenger.set_message_handler(lambda message, is_silenced: None)
        self._answered = 0

    def close(self) -> None:
        """Stop the CAS server."""
        self._keeper.__exit__(None, None, None)

    def answer(self, job: dict[str, Any]) -> dict[str, Any]:
        """Return the answer to one job; a job never ends the process."""
        start = time.perf_counter()
        answer: dict[str, Any] = {"id": job["id"]}
        try:
            with _alarm(job.get("timeout", 60)):
                answer.update(self._load(job))
        except _BstError as error:
            answer["error"] = _described("rejected", error)
        except _JobTimeoutError as error:
            answer["error"] = _described("timeout", error)
        except (Exception, SystemExit) as error:  # noqa: BLE001 - that it crashes is the answer
            answer["error"] = _described("crashed", error)
        self._observer.forget()
        self._answered += 1
        if self._answered % _COLLECT_EVERY == 0:
            gc.collect()
        answer["seconds"] = round(time.perf_counter() - start, 4)
        return answer

    def _load(self, job: dict[str, Any]) -> dict[str, Any]:
        os.chdir(job["directory"])
        warnings: list[str] = []

        def on_message(message: Any, *, is_silenced: bool) -> None:
            del is_silenced
            if message.message_type == _MessageType.WARN:
                warnings.append(message.message)

        context = self._context(job)
        context.messenger.set_message_handler(on_message)
        context.messenger.set_render_status_cb(lambda: None)
        # Without a time zone, as BuildStream's own clock.
        now = dt.datetime.now()  # noqa: DTZ005
        stream = _Stream(context, now, ticker_callback=lambda: None)
        try:
            stream.init()
            project = _Project(
                # Not the job's text: `bst` too sees its working directory without symlinks.
                os.getcwd(),
                context,
                cli_options=[(name, str(value)) for name, value in job.get("options", {}).items()],
                fetch_subprojects=stream.fetch_subprojects,
            )
            stream.set_project(project)
            targets = job.get("targets") or stream.get_default_targets()
            selected = stream.load_selection(
                targets, selection=_types._PipelineSelection.ALL, need_state=False
            )
            return {"elements": self._elements(selected), "warnings": warnings}
        finally:
            stream.cleanup()
            _Element._clear_meta_elements_cache()

    def _context(self, job: dict[str, Any]) -> Any:
        context = _Context()
        context.load(None)
        context.build_max_jobs = job.get("max_jobs", 2)
        context._casd = self._keeper.get_casd()
        context._cascache = self._keeper.get_cascache()
        context.artifactcache.preflight()
        return context

    def _elements(self, selected: list[Any]) -> list[dict[str, Any]]:
        position = {element._unique_id: index for index, element in enumerate(selected)}
        return [self._element(element, position) for element in selected]

    def _element(self, element: Any, position: dict[int, int]) -> dict[str, Any]:
        scopes = _types._Scope
        return {
            "name": element._get_full_name(),
            "kind": element.get_kind(),
            "project": element.project_name,
            "description": element._description,
            "dependencies": self._dependencies(element),
            "build_dependencies": [
                e._get_full_name() for e in element._dependencies(scopes.BUILD, recurse=False)
            ],
            "runtime_dependencies": [
                e._get_full_name() for e in element._dependencies(scopes.RUN, recurse=False)
            ],
            "build_scope": _positions(element, scopes.BUILD, position),
            "run_scope": _positions(element, scopes.RUN, position),
            "all_scope": _positions(element, scopes.ALL, position),
            "variables": _variables(element),
            "environment": element._Element__environment,
            "environment_nocache": sorted(element._Element__env_nocache),
            "public": element._Element__public.strip_node_info(),
            "config": element._Element__config.strip_node_info(),
            "sandbox": self._observer.sandboxes[element._unique_id],
            "sandbox_resolved": element._Element__sandbox_config.to_dict(),
            "sources": [_source(source) for source in element.sources()],
            "weak_key": element._Element__weak_cache_key,
            "strict_key": element._Element__strict_cache_key,
            "weak_input": self._observer.hashed.get(element._Element__weak_cache_key),
            "strict_input": self._observer.hashed.get(element._Element__strict_cache_key),
        }

    def _dependencies(self, element: Any) -> list[dict[str, Any]]:
        load_element = self._observer.load_elements[element._unique_id]
        return [
            {
                "name": dependency.element.full_name,
                "path": dependency.path,
                "build": bool(int(dependency.dep_type) & 1),
                "runtime": bool(int(dependency.dep_type) & 2),
                "strict": bool(dependency.strict),
                "config": [node.strip_node_info() for node in dependency.config_nodes or []],
            }
            for dependency in load_element.dependencies
        ]


def _positions(element: Any, scope: Any, position: dict[int, int]) -> list[int]:
    return [position[e._unique_id] for e in element._dependencies(scope)]


def _variables(element: Any) -> dict[str, str]:
    # All variables of a normal element have values. Those of junctions and links are never
    # checked, and `bst show` fails on one without a value only when asked; it is left out.
    values: dict[str, str] = {}
    pairs = iter(element._Element__variables)
    while True:
        try:
            name, value = next(pairs)
        except StopIteration:
            return values
        except _BstError:
            continue
        values[name] = value


def _source(source: Any) -> dict[str, Any]:
    return {
        "kind": source.get_kind(),
        "directory": source._directory or "",
        "config": source._Source__config.strip_node_info(),
        "ref": source.get_ref(),
        "key": source._get_unique_key() if source.is_resolved() else None,
    }


def _described(kind: str, error: BaseException) -> dict[str, Any]:
    domain, reason = getattr(error, "domain", None), getattr(error, "reason", None)
    detail = getattr(error, "detail", None)
    if kind == "crashed":
        detail = "".join(traceback.format_exception(error, limit=-4))
    return {
        "kind": kind,
        "type": type(error).__name__,
        "domain": getattr(domain, "name", domain),
        "reason": getattr(reason, "name", reason),
        "message": str(error),
        "detail": detail if detail is None else str(detail),
    }


@contextlib.contextmanager
def _alarm(seconds: float) -> Iterator[None]:
    def ring(signum: int, frame: FrameType | None) -> None:
        del signum, frame
        raise _JobTimeoutError(f"no answer after {seconds} seconds")

    before = signal.signal(signal.SIGALRM, ring)
    signal.setitimer(signal.ITIMER_REAL, seconds)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)


def _answer_all(jobs: TextIO, answers: TextIO) -> None:
    dumper = Dumper()
    try:
        for line in jobs:
            if line.strip():
                answers.write(json.dumps(dumper.answer(json.loads(line)), default=str) + "\n")
                answers.flush()
    finally:
        dumper.close()


def main() -> None:
    """Answer jobs until standard input ends, with caches and configuration in a new folder."""
    # Whatever BuildStream or a plugin prints must not get between the answers.
    answers = os.fdopen(os.dup(1), "w", encoding="utf-8")
    os.dup2(2, 1)
    with tempfile.TemporaryDirectory(prefix="bst-oracle-") as home:
        for name in ("CONFIG", "CACHE", "DATA", "STATE"):
            folder = Path(home, name.lower())
            folder.mkdir()
            os.environ[f"XDG_{name}_HOME"] = str(folder)
        _answer_all(sys.stdin, answers)
        os.chdir("/")


if __name__ == "__main__":
    main()
