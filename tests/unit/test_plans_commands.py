"""Commands taken apart, and what they take from outside."""

from __future__ import annotations

import pytest

from bstgraph.plans._commands import simple_commands
from bstgraph.plans._influences import influences


def words(text: str) -> list[tuple[str, ...]]:
    return [command.words for command in simple_commands(text) if command.words]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("", []),
        ("a b;c&&d||e|f&g\nh", [("a", "b"), ("c",), ("d",), ("e",), ("f",), ("g",), ("h",)]),
        ("a # b; c\nd#e", [("a",), ("d#e",)]),
        ("# only this", []),
        ("a 'b; $(c)' d", [("a", "b; $(c)", "d")]),
        ("a 'b", [("a", "b")]),
        (r"a \; \'b c\ d", [("a", ";", "'b", "c d")]),
        ("a \\\n b\\", [("a", "b")]),
        ('a "b; \\" $(c \'d\') e" f', [("a", 'b; "  e', "f"), ("c", "d")]),
        ("a `b c` d", [("a", "", "d"), ("b", "c")]),
        ('a="`b`" c=$(d) e', [("e",), ("b",), ("d",)]),
        ("a $((1 << 2 + (b))); c", [("a", ""), ("c",)]),
        ("a $((1 + $(b)))", [("a", ""), ("b",)]),
        ("a ${b:-$(c)} ${#d}", [("a", "${b:-}", "${#d}"), ("c",)]),
        ("(a; b) && { c; }", [("a",), ("b",), ("c",)]),
        ("f() { a; }", [("a",)]),
        ("x=(a b $(c)); d", [("c",), ("d",)]),
        ("if ! a; then b; elif c; then d; else e; fi", [("a",), ("b",), ("c",), ("d",), ("e",)]),
        ("while a; do b; done | c", [("a",), ("b",), ("c",)]),
        ("for a in b c; do d; done", [("d",)]),
        ("case $a in\nb|c) d;;\n*) e;;\nesac", [("b",), ("d",), ("e",)]),
        ("[[ a == b ]] && c", [("c",)]),
        ("A=1 B+=2 env -i C=3 exec d -e", [("d", "-e")]),
        ("env A=1", []),
        ("a 2>b >>c &>d >|e 2>&1 <&3 f", [("a", "f")]),
        ("a <<< b c; d", [("a", "c"), ("d",)]),
        ("a <(b c) >(d)", [("a", "", ""), ("b", "c"), ("d",)]),
        ("cat <<E >f\n$(a) b 'c' \"$(d)\"\nE\ne", [("cat",), ("a",), ("d",), ("e",)]),
        ("cat <<'E'\n$(a)\nE\nb", [("cat",), ("b",)]),
        ("cat <<\\E\n`a`\nE\nb", [("cat",), ("b",)]),
        ("cat <<-E\n\ta\n\tE\nb", [("cat",), ("b",)]),
        ("cat <<E <<F\na\nE\nb\nF\nc", [("cat",), ("c",)]),
        ("cat <<E\na", [("cat",)]),
        ("cat <<E\n$(cat <<F)\nE\na", [("cat",), ("cat",), ("a",)]),
        ("cat << ; a", [("cat",), ("a",)]),
        ("sh -ec 'a; b'", [("sh", "-ec", "a; b"), ("a",), ("b",)]),
        ("sh a -c b; bash --rc c", [("sh", "a", "-c", "b"), ("bash", "--rc", "c")]),
        ("a $(b", [("a", ""), ("b",)]),
        ("a ) b", [("b",)]),
    ],
)
def test_words(text: str, expected: list[tuple[str, ...]]) -> None:
    assert words(text) == expected


def test_files_and_variables() -> None:
    (first, second) = simple_commands("a <b \"$C\" ${D%x} 2>&1 $((E + $F)) '$G' \\$H\n  i <j > k")
    assert (first.reads, first.variables) == (("b",), ("C", "D", "F"))
    assert (second.reads, second.line) == (("j",), "i <j > k")


def test_the_line_of_a_command_is_not_too_long() -> None:
    commands = simple_commands("x" * 1000 + ";" + "y" * 1000)
    assert [len(command.line) for command in commands] == [200, 400]


@pytest.mark.parametrize("text", ["(" * 50_000, "$(" * 50_000, "`" * 50_001, "a;" * 100_000,
                                  "{ " * 100_000, "cat <<E\n" * 10_000, ")" * 50_000,
                                  "sh -c 'sh -c x' " * 10_000])  # fmt: skip
def test_long_texts_end(text: str) -> None:
    assert len(simple_commands(text)) <= len(text)


def taken(text: str) -> set[tuple[str, str]]:
    return {(one.code, one.what) for each in simple_commands(text) for one in influences(each)}


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("x=$(date +%m)", ("clock", "date")),
        ("/usr/bin/date -u", ("clock", "date")),
        ("echo $EPOCHSECONDS", ("clock", "$EPOCHSECONDS")),
        ("make -j$(nproc)", ("host", "nproc")),
        ("uname -a", ("host", "uname")),
        ("uname -mr", ("host", "uname")),
        ("uname --kernel-version", ("host", "uname")),
        ("getconf _NPROCESSORS_ONLN", ("host", "getconf")),
        ("lscpu", ("host", "lscpu")),
        ("grep -c ^processor /proc/cpuinfo", ("host", "/proc/cpuinfo")),
        ("curl -O https://example.org/x", ("network", "curl")),
        ("if wget -q http://example.org; then x; fi", ("network", "wget")),
        ("git clone --depth 1 https://example.org/x", ("network", "git")),
        ("git -C x fetch git@example.org:y", ("network", "git")),
        ("pip3 install --user wheel", ("network", "pip3")),
        ("python3 -m pip install x", ("network", "python3")),
        ("npm ci", ("network", "npm")),
        ("cargo fetch --locked", ("network", "cargo")),
        ("uuidgen", ("random", "uuidgen")),
        ("dbus-uuidgen > /etc/machine-id", ("random", "dbus-uuidgen")),
        ("head -c 9 /dev/urandom", ("random", "/dev/urandom")),
        ("dd if=/dev/random of=x", ("random", "/dev/random")),
        ("x < /dev/urandom", ("random", "/dev/urandom")),
        ("cat /proc/sys/kernel/random/uuid", ("random", "/proc/sys/kernel/random/uuid")),
        ("echo $((RANDOM % $RANDOM))", ("random", "$RANDOM")),
        ("openssl rand -hex 8", ("random", "openssl")),
        ("openssl req -newkey rsa:2048 -x509", ("random", "openssl")),
        ("ssh-keygen -A", ("random", "ssh-keygen")),
        ("mcookie", ("random", "mcookie")),
    ],
)
def test_taken_from_outside(text: str, expected: tuple[str, str]) -> None:
    assert taken(text) == {expected}


@pytest.mark.parametrize(
    "text",
    [
        'date -d "@${SOURCE_DATE_EPOCH}" +%F',
        "date --date=@1",
        "date -ur file",
        "date --reference=x",
        "date -s x",
        "date --version",
        "date 010203042020",
        "date $OPTIONS",
        "echo date; ./update; date-thing",
        "install -D date /usr/bin/date",
        "echo 'date; curl https://x.org' > script",
        "# date",
        "cat > unit <<EOF\nExecStart=date\ncurl https://x.org\nEOF",
        "hostname; uname; uname -m; uname -n; uname --machine",
        "getconf PAGE_SIZE",
        "nproc --version",
        "mknod -m 666 /dev/urandom c 1 9; rm /dev/random; ln -s /proc/cpuinfo x",
        "cat '/out/dev/urandom'",
        "curl --version; curl file:///x; curl http://localhost:1; curl $URL; curl -x-y://z",
        "wget --help",
        "git init; git clone /src/x; git clone file:///x; git pull; git log https://x.org",
        "pip install --no-index x; pip install .; pip install /x; pip install dist/x.whl",
        "pip install x.whl; pip list; pip; pip install $X; pip wheel --no-deps x",
        "pip install --find-links=x y; python3 -m build; python3 x.py; python3 -m pip list",
        "npm ci --offline; npm run x; npm; cargo build; cargo fetch --offline; cargo",
        "uuidgen --sha1 -n @dns -N x; dbus-uuidgen --version",
        "openssl x509 -in x; openssl; ssh-keygen -y -f x; ssh-keygen",
        "echo '$RANDOM' \\$RANDOM RANDOM",
    ],
)
def test_what_is_fixed_or_data(text: str) -> None:
    assert taken(text) == set()
