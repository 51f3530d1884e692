"""Shell texts: which commands they run, with which words, inside of what."""

from __future__ import annotations

import subprocess
import sys

import pytest

from bstgraph.shell import (
    Access,
    Command,
    Effects,
    Part,
    Place,
    Script,
    Word,
    effects,
    mentions,
    parse,
)


def words(script: Script, runs: str = "") -> list[str]:
    """Return the commands as text; words that are not known in angle brackets."""
    return [
        " ".join(word.text if word.known else f"<{word.text}>" for word in command.words)
        for command in script.commands
        if command.words and (not runs or command.runs == runs)
    ]


def ran(text: str) -> list[str]:
    """Return the commands; `?` is before those that perhaps run, `-` before those that never do."""
    marks = {"always": "", "perhaps": "?", "never": "-"}
    script = parse(text, environment={"HOST": "h"}, directory="/d")
    assert script.gaps == (), text
    return [
        marks[c.runs] + " ".join(w.text if w.known else f"<{w.text}>" for w in c.words)
        for c in script.commands
        if c.words
    ]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("", []),
        ("# a", []),
        ("a 'b c' \"d\"e\\ f $'g\\th'", ["a b c de f g\th"]),
        ("a \\\n b", ["a b"]),
        ("x=1; a $x ${x} \"$x\"'$x'", ["a 1 1 1$x"]),
        ("x='1  2'; a $x \"$x\"", ["a 1 2 1  2"]),
        ('x=; a $x b "$x"', ["a b "]),
        ('a "$HOST  ${HOST}\t$HOST \\$HOST\n$(b) "', ["b", "a <h  h\th $HOST\n$(b) >"]),
        ("a $HOST $nothing b", ["a h b"]),
        ("a ${n:-d} ${n-d e} ${HOST:-d} ${HOST:+x} ${n:+x}", ["a d d e h x"]),
        ('a "${n:- d} ${n:-$HOST  $HOST}"', ["a  d h  h"]),
        ("x=a/b.c; a ${x%.c} ${x##*/} ${x#*/} ${x%%/*}", ["a a/b b.c b.c a"]),
        ("a ${x:=e}$x", ["a <e$x>"]),
        ("a ${x?no} ${HOST?no}", ["a <${x?no}> h"]),
        ("a ${#HOST} ${HOST:1} ${HOST/h/i}", ["a <${#HOST}> <${HOST:1}> <${HOST/h/i}>"]),
        ("x=a; x+=b; a $x", ["a ab"]),
        ("x=(1 '2 3'); x+=(4); a \"${x[@]}\" ${x[1]} ${x[*]} $x",
         ["a 1 2 3 4 2 3 1 2 3 4 1"]),
        ('x=(1 2); a ${x[$i]} ${x[9]} ${!x} ${x[@]:1} "${x[*]}"',
         ["a <${x[$i]}> <${!x}> <${x[@]:1}> 1 2"]),
        ("x=$(b); a ${x:-$(c)} ${x-y}",
         ["b", "c", "a <${x:-$(c)}> <$(b)>"]),
        ("read x; a ${x:-$(c)} ${x%y} ${x^^}",
         ["read x", "c", "a <${x:-$(c)}> <${x%y}> <${x^^}>"]),
        ('x=a; b ${x+} ${y:-} "${y:-}" $"c" $ {', ["b  c $ {"]),
        ("read n; shift $n; a $#", ["read n", "shift <$n>", "a <$#>"]),
        ("a $'\\x41' b\\\n c d\\\n'e'\\\nf", ["a <$'\\x41'> b c def"]),
        ("declare -r x=1 y; declare $z; a $x", ["declare -r x=1 y", "declare", "a 1"]),
        ("read z; declare $z; a $HOST", ["read z", "declare <$z>", "a <$HOST>"]),
        ("x[1]=a; a $x", ["a <$x>"]),
        ('a {b,c}d {e} {f..g} "{h,i}"', ["a bd cd {e} {f..g} {h,i}"]),
        ("a {b,{c,d}}", ["a b c d"]),
        ("a $((1+2)) ~/x", ["a <$((1+2))> <~/x>"]),
        ("i=1; a $((i++)); b $i", ["a <$((i++))>", "b <$i>"]),
        ("i=1; ((i++)); b $i", ["b <$i>"]),
        ("a $(b c) `d`", ["b c", "d", "a <$(b c)> <`d`>"]),
        ('a "$(pwd)" $PWD', ["pwd", "a /d /d"]),
        ("a <(b)", ["b", "a <<(b)>"]),
        ("unset HOST; a $HOST", ["unset HOST", "a"]),
        ("export x=1 y; a $x", ["export x=1 y", "a 1"]),
        ("read x; a $x", ["read x", "a <$x>"]),
        (". /f; a $HOST", [". /f", "a <$HOST>"]),
        ("let x=1; printf -v HOST y; a $HOST", ["let x=1", "printf -v HOST y", "a <$HOST>"]),
        ("set -- p 'q r'; a $# $2 \"$@\" $*; shift; b $1",
         ["set -- p q r", "a 2 q r p q r p q r", "shift", "b q r"]),
        ("shift $n; b $1", ["shift", "b"]),
        ("x=1 a $x", ["a"]),
        ("a && b; c", ["a", "?b", "c"]),
        ("c; a && b", ["c", "a", "b"]),
        ("a && b && c", ["a", "b", "c"]),
        ("a || b", ["a", "?b"]),
        ("a && b || exit 1", ["a", "b", "?exit 1"]),
        ("a && b || c", ["a", "?b", "?c"]),
        ("true && a; false && b; true || c; false || d",
         ["true", "a", "false", "-b", "true", "-c", "false", "d"]),
        ("! true || a", ["true", "a"]),
        ("if a; then b; elif c; then d; else e; fi", ["a", "?b", "?c", "?d", "?e"]),
        ("if [ x = x ]; then b; else c; fi", ["[ x = x ]", "b", "-c"]),
        ("if [ ! -n '' ]; then b; else c; fi", ["[ ! -n  ]", "b", "-c"]),
        ("if [[ -z $HOST ]]; then b; fi", ["[[ -z h ]]", "-b"]),
        ("if test a != a; then b; fi", ["test a != a", "-b"]),
        ("if [ a -nt b ]; then b; fi", ["[ a -nt b ]", "?b"]),
        ("if x; then v=1; else v=1; fi; a $v", ["x", "a 1"]),
        ("if x; then v=1; fi; a $v", ["x", "a <$v>"]),
        ("if x; then v=1; else exit 1; fi; a $v", ["x", "?exit 1", "a 1"]),
        ("if x; then exit; fi; a", ["x", "?exit", "?a"]),
        ("exit 1; a", ["exit 1", "-a"]),
        ("x || exit 1; a", ["x", "?exit 1", "a"]),
        ("x || exit 0; a", ["x", "?exit 0", "?a"]),
        ("(exit 0); a", ["exit 0", "a"]),
        ("exec a; b", ["a", "-b"]),
        ("exec >f; b", ["exec", "b"]),
        ("for i in a 'b c'; do x $i; done", ["x a", "x b c"]),
        ("for i in /a/*; do x $i; done", ["?x </a/*>"]),
        ("for i in $(b); do x $i; done", ["b", "?x <$i>"]),
        ("for i in a b; do x; break; y; done; z", ["x", "break", "-y", "-x", "-break", "-y", "z"]),
        ("for i in a b; do if x; then continue; fi; y; done; z",
         ["x", "?continue", "?y", "x", "?continue", "?y", "z"]),
        ("while a; do b; done; c", ["a", "?b", "c"]),
        ("until false; do b; break; done", ["false", "b", "break"]),
        ("while false; do b; done", ["false", "-b"]),
        ("v=1; while a $v; do v=2; done; b $v", ["a <$v>", "b <$v>"]),
        ("f() { v=2; }; v=1; while a $v; do f; done", ["a <$v>"]),
        ("set -- p; while a $1; do shift; done", ["set -- p", "a <$1>", "?shift"]),
        ("for i in *; do continue; done; a", ["?continue", "a"]),
        ("g() { for i; do a $i; done; }; g x y", ["a x", "a y"]),
        ("g() { for i; do a $i; done; }; read n; shift $n; for i; do b; done",
         ["read n", "shift <$n>", "?b", "-a <$i>"]),
        ("for ((i=0; i<3; i++)); do a; done", ["?a"]),
        ("case x in x) a;; y) b;; esac", ["a", "-b"]),
        ("case x in y) a;; *) b;; esac", ["-a", "b"]),
        ("case x in 'x'|z) a;; esac", ["a"]),
        ("case x in [ab]) a;; esac", ["-a"]),
        ("case $(q) in x) a;; *) b;; esac; c", ["q", "?a", "?b", "c"]),
        ("case x in x) a;& y) b;; esac", ["?a", "?b"]),
        ('f() { a "$1"; }; f x; f y', ["a x", "a y"]),
        ("f() { a; }", ["-a"]),
        ("function f { local v=1; b $v; }; v=2; f; a $v", ["local v=1", "b 1", "a 2"]),
        ("f() { return; a; }; f; b", ["return", "-a", "b"]),
        ("f() (a); f", ["a"]),
        ("f() { a; }; unset -f f; f", ["unset -f f", "f", "-a"]),
        ("f() { a; }; command f", ["f", "-a"]),
        ("(a; v=1); b $v", ["a", "b"]),
        ("{ a; v=1; }; b $v", ["a", "b 1"]),
        ("a | b | c", ["a", "b", "c"]),
        ("! a", ["a"]),
        ("a & b", ["a", "b"]),
        ("sudo -u x env -i A=b nice -n 3 a b", ["a b"]),
        ("time -p a; timeout -k 3 5 b; nohup c; exec -a x d", ["a", "b", "c", "d"]),
        ("env -- a; sudo --user x a; nice --adjustment=3 a; nice -n3 a; exec -a",
         ["a", "a", "a", "a", "exec -a"]),
        ("sh --rcfile f -x +o posix -- -c; bash --norc -c a",
         ["sh --rcfile f -x +o posix -- -c", "a"]),
        ("find -L -H /l -exec; find -exec a {} \\;",
         ["find -L -H /l -exec", "find -exec a {} ;", "?a <./{}>"]),
        ("command -v a", ["command -v a"]),
        ("env", ["env"]),
        ("busybox sh -c a", ["a"]),
        ("xargs -n 1 rm -f", ["?rm -f <...>"]),
        ("find /l -name x -exec rm -f {} + -exec b \\;",
         ["find /l -name x -exec rm -f {} + -exec b ;", "?rm -f <//l/{}>".replace("//", "/"),
          "?b"]),
        ("sh -c 'a; b $0'", ["a", "b <$0>"]),
        ("x=1; sh -c 'a $x'; export x; sh -c 'a $x'", ["a", "export x", "a 1"]),
        ("x=1 sh -c 'a $x'", ["a 1"]),
        ("bash -eo pipefail -c 'a \"$@\"' n p q", ["a p q"]),
        ("sh /f", ["sh /f"]),
        ("sh <<'E'\na $x\nE", ["a"]),
        ("x=1; bash -s y <<E\na $x \\$1\nE", ["a 1 y"]),
        ("sh - <<-E\n\ta\n\tE", ["a"]),
        ("echo 'a b' | sh; printf 'c\\n' | sh", ["echo a b", "a b", "printf c\\n", "c"]),
        ("cat <<E | sh\na\nE", ["cat", "a"]),
        ("sh", []),
        ("eval 'a' b", ["a b"]),
        ("eval 'f() { a; }'; f", ["a"]),
        ("trap 'a' EXIT; b", ["trap a EXIT", "b", "a"]),
        ("trap 'a' INT; trap - EXIT; b", ["trap a INT", "trap - EXIT", "b", "?a"]),
        ("trap 'a' EXIT; trap - 0; b", ["trap a EXIT", "trap - 0", "b"]),
        ("trap a 0; if x; then trap b 0; fi", ["trap a 0", "x", "?trap b 0", "?a", "?b"]),
        ("cat <<E 2>&1 | b >c\nd\nE", ["cat", "b"]),
        ("cat <<A <<B && c\n1\nA\n2\nB", ["cat", "c"]),
        ("cat <<A; (b <<B)\n$x\nA\n;\nB\nc", ["cat", "b", "c"]),
        ("cat << 'A'> x\n'\nA\nb", ["cat", "b"]),
        ("if cat <<A; then b\nA\nfi", ["cat", "?b"]),
        ('a "$(b <<A\n"\nA\n)" c', ["b", 'a <$(b <<A\n"\nA\n)> c']),
        ("a $((1<<2)) # <<E\nb '<<E' \\<<E", ["a <$((1<<2))>", "b <<E <"]),
        ("a > x b c", ["a b c"]),
    ],
)  # fmt: skip
def test_commands(text: str, expected: list[str]) -> None:
    assert ran(text) == expected


class TestContexts:
    def test_all_kinds(self) -> None:
        text = "if a; then (b | c) & fi"
        last = parse(text).commands[-1]
        assert [(each.kind, each.runs) for each in last.contexts] == [
            ("if", "perhaps"),
            ("background", "always"),
            ("subshell", "always"),
            ("pipeline", "always"),
        ]

    @pytest.mark.parametrize(
        ("text", "test", "holds"),
        [
            ("if [ -d /a ]; then x; fi", "[ -d /a ]", True),
            ("if ! test -d /a; then x; fi", "test -d /a", False),
            ("if [ -d /a ]; then :; else x; fi", "[ -d /a ]", False),
            ("[[ -d /a ]] && x; y", "[[ -d /a ]]", True),
            ("a=/a; [ -d $a ] || x", "[ -d /a ]", False),
            ("while [ -d /a ]; do x; done", "[ -d /a ]", True),
            ("if a | b; then x; fi", "", True),
        ],
    )
    def test_condition(self, text: str, test: str, *, holds: bool) -> None:
        script = parse(text)
        command = next(c for c in script.commands if c.program == "x")
        (context,) = (each for each in command.contexts if each.runs == "perhaps")
        assert " ".join(word.text for word in context.test) == test
        assert context.holds is holds


class TestPlaces:
    def test_lines_and_columns(self) -> None:
        script = parse("é=1; a\n  b <<E |\nx\nE\nc\n")
        assert [(c.place, c.text) for c in script.commands] == [
            (Place(1, 1), "é=1"),
            (Place(1, 6), "a"),
            (Place(2, 3), "b <<E"),
            (Place(5, 1), "c"),
        ]

    def test_of_a_here_document(self) -> None:
        script = parse("a\nsh <<'E'\n\n  b\nE\n")
        assert script.commands[-1].place == Place(4, 3)

    def test_of_a_text(self) -> None:
        assert parse("a\n  sh -c 'b\nc'").commands[-1].place == Place(2, 3)


class TestDirectories:
    @pytest.mark.parametrize(
        ("text", "directory"),
        [
            ("x", "/d"),
            ("cd e; x", "/d/e"),
            ("cd ..; x", "/"),
            ("cd /e/./f/; x", "/e/f"),
            ("cd $y; x", None),
            ("cd -; x", None),
            ("cd; x", None),
            ("(cd e); x", "/d"),
            ("cd e | y; x", "/d"),
            ("pushd e; x", None),
            ("if y; then cd e; fi; x", None),
            ("while y; do x; cd e; done", None),
            ("env -C e x", "/d/e"),
            ("env --chdir=/e x", "/e"),
            ("env --chdir=$e x", None),
            ("env -C$e x", None),
            ("chroot e x", "/d/e"),
            ("chroot $e x", None),
            ("f() { cd e; }; f; x", "/d/e"),
        ],
    )
    def test_directory(self, text: str, directory: str | None) -> None:
        script = parse(text, directory="/d")
        assert next(c for c in script.commands if c.program == "x").directory == directory

    def test_root(self) -> None:
        script = parse("chroot /l sh -c 'cd /e; x'; y")
        assert [(c.program, c.root, c.directory, c.through) for c in script.commands] == [
            ("cd", "/l", "/l", ()),
            ("x", "/l", "/l/e", ()),
            ("y", "/", None, ()),
        ]


class TestRedirections:
    def test_all(self) -> None:
        (command,) = parse("a >b 2>>c <d 2>&1 &>e >|f").commands
        assert [
            (r.operator, r.descriptor, r.target.text, r.writes, r.appends)
            for r in command.redirections
        ] == [
            (">", None, "b", True, False),
            (">>", 2, "c", True, True),
            ("<", None, "d", False, False),
            (">&", 2, "1", False, False),
            ("&>", None, "e", True, False),
            (">|", None, "f", True, False),
        ]

    @pytest.mark.parametrize(
        "text",
        [
            "{ a; } >f",
            "if a; then b; fi >f",
            "(a) >f",
            "g() { a; } >f; g",
            ">f",
            "sh -c a >f",
            "while a; do b; done >f",
            "a | b >f",
            "a && b >f",
        ],
    )
    def test_files_are_opened(self, text: str) -> None:
        assert [
            r.target.text for c in parse(text).commands for r in c.redirections if r.writes
        ] == ["f"]

    def test_here_documents(self) -> None:
        text = "x=1\na <<E\n$x ${y}\\$z\nE\nb <<'E'\n$x\nE\nc <<-E\n\tt\n\tE\nd <<<$x"
        bodies = [r.body for c in parse(text).commands for r in c.redirections]
        assert [body.text for body in bodies if body] == ["1 ${y}$z\n", "$x\n", "t\n", "1"]
        assert [r.line for c in parse(text).commands for r in c.redirections][:2] == [3, 6]


class TestGaps:
    @pytest.mark.parametrize(
        ("text", "kind", "line"),
        [
            ("a\nif b", "syntax", 1),
            ("a '", "syntax", 1),
            ("a\n)", "syntax", 1),
            ("a &&", "syntax", 1),
            ("then a", "syntax", 1),
            ("a;;b", "syntax", 1),
            ('a <<E\n"`b`"\nE', "syntax", 2),
            ("a <<\nb", "syntax", 1),
            ("x=" + "a" * 40_000 + "; eval $x $x", "too-large", 1),
            ("if a\nthen b\n) done\nfi\n" * 30, "syntax", 3),
            ("a ${x%$(b)}", "syntax", 1),
            ("x=a; a ${x%`b`}", "syntax", 1),
            ("! { a; }", "syntax", 1),
            ("((a; b))", "syntax", 1),
            ("a\0b", "syntax", 1),
            ("a <<E\nx", "syntax", 1),
            ("sh -c 'if'", "syntax", 1),
            ("a\neval 'if'", "syntax", 2),
            ("$x a", "run-time", 1),
            ('"$(a)" b', "run-time", 1),
            ('a\neval "$x"', "run-time", 2),
            ('sh -c "$x"', "run-time", 1),
            ("a | sh", "run-time", 1),
            ("sh <f", "run-time", 1),
            ('trap "$x" EXIT', "run-time", 1),
            ("if a; then f() { b; }; else f() { c; }; fi; f", "run-time", 1),
            ("f() { f; }; f", "recursion", 1),
            ("a" * 70_000, "too-large", 1),
            ("<" * 200, "too-large", 1),
            ("( " * 100 + "a" + " )" * 100, "too-large", 1),
            ("a && " * 3000 + "b", "too-large", 1),
            (("for i in {1,2,3,4,5,6,7,8,9,0}{1,2,3,4,5,6,7,8,9,0}{1,2,3,4,5,6,7,8,9,0}; do "
             "for j in a b c d e f g h i j k l; do x; done; done"), "too-large", 1),
        ],
    )  # fmt: skip
    def test_is_told(self, text: str, kind: str, line: int) -> None:
        gaps = parse(text, directory="/").gaps
        assert (kind, line) in [(gap.kind, gap.place.line) for gap in gaps]

    def test_nothing_is_certain_in_what_does_not_parse(self) -> None:
        script = parse("a\nb 'c")
        assert script.gaps
        assert {c.runs for c in script.commands} <= {"perhaps"}

    def test_what_never_runs_has_none(self) -> None:
        assert parse("false && $x\nf() { $y; }").gaps == ()

    @pytest.mark.parametrize(
        "text",
        [
            "x=a;" + "x=$x$x;" * 60 + "b $x",
            "x=(a b);" + 'x+=("${x[@]}");' * 40 + 'b "${x[@]}"',
            "set -- a b;" + 'set -- "$@" "$@";' * 40,
            "a " + "{a,b}" * 200,
            'x=\'eval "$x"\'; eval "$x"',
            'x=\'trap "$x" EXIT\'; trap "$x" EXIT',
            "f() { f; f; }; f",
            "".join(f"x{i}=1;" for i in range(3000)) + "if a; then b; fi;" * 900,
            "for i in " + "* " * 9000 + "; do for j in " + "* " * 9000 + "; do a; done; done",
            "\U0003d3d3\U000b2b5a{\U0008b5f2\u009e" * 500,
            "shift \u00b2; exit \u0663; a ${\u00b2} ${x[\u00b2]} 2>&\u00b2",
            "${x:-" * 300 + "}" * 300,
            "[ " + "! " * 2000 + "a ]",
            "$(" * 500 + ")" * 500,
        ],
    )
    def test_hostile(self, text: str) -> None:
        script = parse(text, environment={}, directory="/")
        assert len(script.commands) <= 10_001


class TestEffects:
    @pytest.mark.parametrize(
        ("text", "reads", "writes"),
        [
            ("cp -t /b /a", "/a", "/b /b/a"),
            ("cp a", "", ""),
            ("cp --target-directory=/b a", "/d/a", "/b /b/a"),
            ("ln -s /a", "", "/d"),
            ("install -d /a /b", "", "/a /b"),
            ("rsync --remove-source-files /a/ /b", "/a", "/b /a"),
            ("chmod --reference=/x /a", "", "/a"),
            ("setcap x=ep /a", "", "/a"),
            ("sed -e s -i.bak -- /a /b", "", "/a /b"),
            ("sed -n p /a", "/a", ""),
            ("awk x /a", "/a", ""),
            ("awk -i inplace x /a", "", ""),
            ("tar -C /a --list -f /x.tar", "/x.tar", ""),
            ("tar cCf /a /x.tar b", "/a", "/x.tar"),
            ("tar --extract", "", "/d"),
            ("find -L /a -fprint /b", "/a", "/b"),
            ("find -delete", "/d", "/d"),
            ("sort -o /b /a", "/a", "/b"),
            ("gzip /a", "", "/a"),
            ("gzip -c /a", "/a", ""),
            ("systemctl --root /a list-units", "/a", ""),
            ("systemctl enable x", "", "/etc/systemd"),
            ("depmod -n", "", ""),
            ("depmod -b/a", "", "/a/lib/modules"),
            ("ldconfig -C /x -r /a", "", "/a/x"),
            ("ldconfig -p", "", ""),
            ("dconf compile /a /b", "", "/a"),
            ("dconf read /a", "", ""),
            ("dd if=/a of=/b", "", "/b"),
            ("mknod /a c 1 3", "", "/a /d/c /d/1 /d/3"),
            ("strange /a >/b", "", "/b"),
            (">/b", "", "/b"),
        ],
    )
    def test_paths(self, text: str, reads: str, writes: str) -> None:
        (command,) = parse(text, directory="/d").commands
        found = effects(command)
        assert [access.path for access in found.reads] == reads.split()
        assert [access.path for access in found.writes] == writes.split()

    def test_not_known(self) -> None:
        (command,) = parse("rm -r $x/a /b/* b/$y").commands
        assert [(a.path, a.exact, a.every) for a in effects(command).writes] == [
            (None, False, False),
            ("/b", False, True),
            (None, False, False),
        ]
        (command,) = parse("ldconfig -r$x; tar --directory=/a$x -x").commands[:1]
        assert effects(command).writes == (
            Access(path=None, exact=False, text="$x/etc/ld.so.cache"),
        )
        (command,) = parse("tar --directory=/a$x -x").commands
        assert effects(command).writes == (Access(path="/", exact=False, text="/a$x"),)
        assert effects(parse("strange").commands[0]) == Effects()

    @pytest.mark.parametrize(
        ("text", "count"),
        [
            ("a /layer", 1),
            ("a --x=/layer/b /layers", 1),
            ("X=/layer a >/layer/x", 2),
            ("a /b", 0),
            ("a b:/layer:c", 1),
        ],
    )
    def test_mentions(self, text: str, count: int) -> None:
        (command,) = parse(text).commands
        assert len(mentions(command, "/layer")) == count


def test_words() -> None:
    word = Word((Part("/a/"), Part("$x", known=False), Part("b")))
    assert (word.text, word.prefix, word.known) == ("/a/$xb", "/a/", False)
    assert Command(place=Place(1, 1), text="").program is None


def test_the_parser_is_loaded_when_it_is_needed() -> None:
    code = "import sys, bstgraph; print('tree_sitter' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout == "False\n"
