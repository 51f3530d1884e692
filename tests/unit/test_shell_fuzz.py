"""Laws: any text gives a script; what bash runs of a text is among what is found in it."""

from __future__ import annotations

import shutil
import subprocess
from collections import Counter
from typing import TYPE_CHECKING, Final

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bstgraph.shell import Script, parse

if TYPE_CHECKING:
    from bstgraph.shell import Command

BASH: Final = shutil.which("bash")
STUBS: Final = ("run", "try", "put", "del")
PREAMBLE: Final = "\n".join(
    # One write for a call: those of a pipeline run side by side.
    f'{name}() {{ local s={name} a; for a; do s="$s <$a>"; done; '
    f'echo "$s" >&3; return $RC_{name}; }}'
    for name in STUBS
)

WORDS: Final = st.sampled_from(
    [
        "a",
        "'b c'",
        '"d $v"',
        "$v",
        "${w:-e}",
        "$w",
        "\\f",
        "{g,h}i",
        '"$(run x)"',
        '" $v  ${w-x} "',
        '"$v $v"',
        '"\\$v ${v}"',
        "j'k'l",
    ]
)
SIMPLE: Final = st.builds(
    lambda name, words: " ".join((name, *words)),
    st.sampled_from(STUBS),
    st.lists(WORDS, max_size=2),
)
ATOMS: Final = st.one_of(
    SIMPLE,
    st.sampled_from(
        [
            "v=1",
            'v="2 3"',
            "w=$v",
            "unset w",
            "exit 0",
            "exit 3",
            "true",
            "false",
            "f",
            "f z",
            ":",
            "[ -n '' ]",
            '[ "$v" = 1 ]',
            "set -- p q",
            'run "$@"',
            "set +e",
            "set -e",
            "bash -c 'exit 0'",
            "eval 'v=4; run $v'",
            "put <<E\n$v\nE",
            "try <<E && put <<'F'\n'\nE\n$(\nF",
            "(put <<-E)\n\t`run h`\n\tE",
            "return 0 2>/dev/null",
            "trap 'run t' EXIT",
        ]
    ),
)


def compound(inner: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    def two(form: str) -> st.SearchStrategy[str]:
        return st.builds(form.format, inner, inner)

    def three(form: str) -> st.SearchStrategy[str]:
        return st.builds(form.format, inner, inner, inner)

    return st.one_of(
        two("{}\n{}"),
        two("{} && {}"),
        two("{} || {}"),
        two("if {}\nthen {}\nfi"),
        three("if {}\nthen {}\nelse {}\nfi"),
        three("if {}\nthen :\nelif {}\nthen {}\nfi"),
        two("while {}\ndo {}\nbreak\ndone"),
        two("for v in a 'b c' {{d,e}}\ndo {}\n{}\ndone"),
        two("for v in $w x\ndo if {}\nthen continue\nfi\n{}\ndone"),
        two("case $v in\n1) {} ;;\n*) {} ;;\nesac"),
        two("case x86 in\ny*) {} ;;\nx*) {} ;;\nesac"),
        two("(\n{}\n{}\n)"),
        two("{{\n{}\n{}\n}}"),
        two("f() {{\n{}\n}}\n{}"),
        two("f() {{\nlocal v=9\n{}\n}}\n{}\nf y"),
        two("{}\n! ({})"),
        two("run $({}) | ({})"),
    )


SCRIPTS: Final = st.recursive(ATOMS, compound, max_leaves=10).filter(
    # A function that calls itself does not end in bash.
    lambda text: not ("f()" in text and text.count("f") > 40)
)


def lines(commands: list[Command]) -> Counter[str]:
    """Return the calls of stubs whose words are all known, as the stubs print them."""
    return Counter(
        " ".join((c.words[0].text, *(f"<{word.text}>" for word in c.arguments)))
        for c in commands
        if c.program in STUBS and all(word.known for word in c.words)
    )


def bash(text: str, statuses: tuple[int, ...]) -> tuple[list[str], int] | None:
    """Return what stubs printed, and the status of bash; None when bash cannot read the text."""
    given = "\n".join(f"RC_{n}={rc}" for n, rc in zip(STUBS, statuses, strict=True))
    exported = "\n".join(f"export -f {name}; export RC_{name}" for name in STUBS)
    full = f"ulimit -t 2; {given}\n{PREAMBLE}\n{exported}\nexec 3>&1 >/dev/null\n{text}\n"
    assert BASH
    done = subprocess.run(
        [BASH, "--norc", "-c", "-e", full],
        capture_output=True,
        text=True,
        check=False,
        timeout=30,
        env={"PATH": "/nonexistent", "FUNCNEST": "30"},
    )
    # bash 5.2 writes some here-documents inside of `$()` anew, and then cannot read them.
    unread = "syntax error" in done.stderr
    return None if unread else (done.stdout.splitlines(), done.returncode)


@pytest.mark.skipif(not BASH, reason="there is no bash")
class TestAgainstBash:
    """What a shell runs is found, and what is said to run always does when the text succeeds."""

    @settings(max_examples=150, deadline=None, suppress_health_check=list(HealthCheck))
    @given(text=SCRIPTS, statuses=st.tuples(*[st.sampled_from([0, 0, 1])] * len(STUBS)))
    def test_commands(self, text: str, statuses: tuple[int, ...]) -> None:
        script = parse(text, environment={"PATH": "/nonexistent"}, directory="/")
        if script.gaps:
            return
        done = bash(text, statuses)
        if done is None:
            return
        ran, status = done
        possible = [c for c in script.commands if c.runs != "never"]
        unknown = any(c.program in STUBS and not all(w.known for w in c.words) for c in possible)
        if not unknown:
            assert set(ran) <= set(lines(possible))
        called = Counter(line.split()[0] for line in ran)
        if status == 0:
            sure = Counter(
                c.program for c in script.commands if c.program in STUBS and c.runs == "always"
            )
            assert {name: n for name, n in sure.items() if called[str(name)] < n} == {}


class TestAnyText:
    @settings(max_examples=300, deadline=None)
    @given(
        st.one_of(
            st.text(max_size=200),
            st.text(alphabet="ab $\"'`(){}[]<>|&;!\\\n#=*?~-+%:EOF/0.", max_size=120),
            st.lists(
                st.sampled_from(
                    "if then fi for in do done case esac while { } ( ) $( ) ` \" ' <<EOF \nEOF\n "
                    "<<-'E' && || ; ;; | & ! a b=c $x ${x ${x:-y} $(( )) [[ ]] [ ] > < eval cd "
                    "sh -c f() function trap set -- \n \\".split(" ")
                ),
                max_size=40,
            ).map(" ".join),
        )
    )
    def test_gives_a_script(self, text: str) -> None:
        script = parse(text, environment={}, directory="/")
        assert isinstance(script, Script)
        count = text.count("\n") + 1
        assert all(1 <= c.place.line <= count for c in script.commands)
        assert all(1 <= gap.place.line <= count for gap in script.gaps)
