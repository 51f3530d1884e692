"""Container images: compared with what umoci unpacks, skopeo converts and tar lists."""

from __future__ import annotations

import gzip
import hashlib
import io
import os
import random
import shutil
import stat
import subprocess
import tarfile
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Final

import pytest

from bstgraph.errors import ImageError
from bstgraph.files import Directory, File, Link, Node, Untyped, walk
from bstgraph.stores import Image, LayerEntry, open_image
from tests.unit.layer_cases import CASES
from tests.unit.oci_layouts import Entry, file, folder, hard, layout, link, opaque, resummed, tar

pytestmark = pytest.mark.oracle

_IMAGES = int(os.environ.get("BSTGRAPH_ORACLE_IMAGES", "40"))
_FIRST_SEED = int(os.environ.get("BSTGRAPH_ORACLE_SEED", "0"))


@pytest.fixture(scope="module", autouse=True)
def _programs() -> None:
    missing = [name for name in ("umoci", "skopeo", "tar") if shutil.which(name) is None]
    if missing:
        reason = f"not installed: {', '.join(missing)}"
        if os.environ.get("BSTGRAPH_ORACLE_REQUIRED") == "1":
            pytest.fail(reason)
        pytest.skip(reason)


def run(*command: str | Path, status: Sequence[int] = (0,)) -> str:
    """Run a program that has to succeed and return what it prints."""
    done = subprocess.run(command, capture_output=True, check=False)
    assert done.returncode in status, done.stderr.decode(errors="replace")
    return os.fsdecode(done.stdout)


def unpacked(image: Path, tag: str = "x") -> dict[str, object] | None:
    """Return what umoci unpacks: path -> what is there; None if it refuses."""
    bundle = image.with_name(f"{image.name}.bundle")
    command: list[str | Path] = [
        "umoci",
        "unpack",
        "--rootless",
        "--image",
        f"{image}:{tag}",
        bundle,
    ]
    done = subprocess.run(command, capture_output=True, check=False)
    if done.returncode:
        return None
    found = on_disk(bundle / "rootfs")
    shutil.rmtree(bundle)
    return found


def on_disk(root: Path) -> dict[str, object]:
    found: dict[str, object] = {}
    for above, folders, names in os.walk(root):
        for name in (*folders, *names):
            path = Path(above, name)
            status = path.lstat()
            key = str(path.relative_to(root))
            if path.is_symlink():
                found[key] = ("link", os.readlink(path))
            elif path.is_dir():
                found[key] = "dir"
            elif path.is_file():
                sha256 = hashlib.sha256(path.read_bytes()).hexdigest()
                found[key] = ("file", sha256, status.st_size, bool(status.st_mode & stat.S_IXUSR))
            else:
                found[key] = "special"
    return found


def seen(tree: Directory) -> dict[str, object]:
    """Return a tree as `on_disk` has it."""
    return {path: _told(node) for path, node in walk(tree)}


def _told(node: Node) -> object:
    match node:
        case File():
            return ("file", node.hash, node.size, node.executable)
        case Link():
            return ("link", node.target)
        case Directory():
            return "dir"
        case Untyped():
            return "special"


def read(path: Path) -> dict[str, object] | None:
    """Return what we make of an image, None if we refuse it as wrong."""
    try:
        return seen(open_image(path, hashes=True).tree)
    except ImageError as error:
        return None if error.slug == "bad-image" else {"": error}


@pytest.mark.parametrize("name", CASES)
def test_cases_are_what_umoci_makes_of_them(name: str, tmp_path: Path) -> None:
    image = tagged(tmp_path / "image", [tar(*entries) for entries in CASES[name].layers])
    expected = unpacked(image)
    assert read(image) == expected
    assert (CASES[name].expected is None) == (expected is None)


def tagged(root: Path, layers: Sequence[bytes]) -> Path:
    """Write an image that umoci and skopeo know as `x`."""
    layout(root, *layers)
    index = (root / "index.json").read_text()
    name = '"annotations": {"org.opencontainers.image.ref.name": "x"}, "size"'
    (root / "index.json").write_text(index.replace('"size"', name))
    return root


NAMES: Final = ("a", "b", "c")


def drawn_layer(dice: random.Random) -> list[Entry]:
    """Return entries that meddle with each other: few names, all kinds."""

    def path() -> str:
        return "/".join(dice.choices(NAMES, k=dice.choice((1, 1, 2, 2, 3))))

    def whiteout() -> Entry:
        above, slash, name = path().rpartition("/")
        return file(f"{above}{slash}.wh.{name}")

    makers: list[Callable[[], Entry]] = [
        lambda: file(path(), str(dice.random()), mode=dice.choice((0o644, 0o755))),
        lambda: folder(path()),
        lambda: link(path(), dice.choice((path(), f"/{path()}", f"../{path()}", "."))),
        lambda: hard(path(), path()),
        whiteout,
        lambda: opaque(path()),
    ]
    weights = (8, 5, 2, 1, 3, 2)
    return [make() for make in dice.choices(makers, weights, k=dice.randint(1, 7))]


@pytest.mark.parametrize("seed", range(_FIRST_SEED, _FIRST_SEED + _IMAGES))
def test_drawn_layers_are_what_umoci_makes_of_them(seed: int, tmp_path: Path) -> None:
    dice = random.Random(seed)  # noqa: S311 - the same images each time
    layers: list[bytes] = []
    # Layers are added as long as umoci takes them, so that refusals do not hide the rest.
    for number in range(8):
        layer = tar(*drawn_layer(dice))
        image = tagged(tmp_path / str(number), [*layers, layer])
        expected = unpacked(image)
        assert read(image) == expected
        if expected is not None:
            layers.append(layer)


MEDDLED: Final = (0, 1, 99, 100, 107, 108, 116, 124, 134, 135, 136, 156, 157, 257, 263, 329, 345)
"""Places in a header: fields' first and last bytes."""


@pytest.mark.parametrize("seed", range(_FIRST_SEED, _FIRST_SEED + _IMAGES))
def test_damaged_headers_are_read_or_refused_as_by_umoci(seed: int, tmp_path: Path) -> None:
    dice = random.Random(seed)  # noqa: S311 - the same images each time
    form = dice.choice((tarfile.USTAR_FORMAT, tarfile.GNU_FORMAT, tarfile.PAX_FORMAT))
    sparse = {"GNU.sparse.numblocks": "1", "GNU.sparse.map": "1,3", "GNU.sparse.size": "9"}
    long = "x" if form == tarfile.USTAR_FORMAT else "é" * 60
    entries = [file("a", "text"), folder("d"), link("d/l", "../a"), hard("h", "a")]
    entries += [file(f"d/{long}", "more" * 200), Entry("p", content=b"abc", pax=sparse)]
    layer = bytearray(tar(*entries, form=form))
    for _ in range(dice.choice((1, 1, 2))):
        start = dice.randrange(len(layer) // 512) * 512
        layer[start + dice.choice(MEDDLED)] = dice.choice(b"\0 078\x80\xff/.\n5")
        resummed(layer, start)
    image = tagged(tmp_path / "image", [bytes(layer)])
    assert read(image) == unpacked(image)


@pytest.fixture(scope="module")
def images(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """Make an image of folders with umoci, one layer for each change, and convert it."""
    root = tmp_path_factory.mktemp("images")
    image = made_by_umoci(root, random.Random(_FIRST_SEED))  # noqa: S311
    zstd = root / "zstd"
    plain = root / "plain"
    archive, saved = root / "oci.tar", root / "docker.tar"
    copy = ("skopeo", "copy", "--quiet")
    fast = ("--dest-compress", "--dest-compress-format", "zstd")
    run(*copy, *fast, f"oci:{image}:x", f"oci:{zstd}:x")
    run(*copy, f"oci:{image}:x", f"oci-archive:{archive}:x")
    run(*copy, f"oci:{image}:x", f"docker-archive:{saved}:example/image:x")
    run(*copy, "--dest-decompress", f"oci:{image}:x", f"dir:{plain}")
    run("gzip", "--keep", archive, saved)
    return {
        "umoci": image,
        "zstd": zstd,
        "oci-archive": archive,
        "docker-archive": saved,
        "oci-archive.gz": root / "oci.tar.gz",
        "docker-archive.gz": root / "docker.tar.gz",
    }


@pytest.fixture(scope="module")
def expected(images: dict[str, Path]) -> dict[str, object]:
    found = unpacked(images["umoci"])
    assert found is not None
    return found


class TestRealTools:
    """An image that umoci made of folders, one layer for each change, and skopeo converted."""

    @pytest.mark.parametrize(
        ("name", "compression"),
        [
            ("umoci", "gzip"),
            ("zstd", "zstd"),
            ("oci-archive", "gzip"),
            ("docker-archive", ""),
            ("oci-archive.gz", "gzip"),
            ("docker-archive.gz", ""),
        ],
    )
    def test_the_files_are_those_of_umoci(
        self, images: dict[str, Path], expected: dict[str, object], name: str, compression: str
    ) -> None:
        image = open_image(images[name], hashes=True)
        assert seen(image.tree) == expected
        assert {layer.compression for layer in image.layers} == {compression}
        original = open_image(images["umoci"], hashes=True)
        assert list(image.origins()) == list(original.origins())
        assert [one.entries for one in image.layers] == [one.entries for one in original.layers]

    def test_the_image_has_what_it_was_made_for(self, images: dict[str, Path]) -> None:
        image = open_image(images["umoci"])
        kinds = {entry.type for layer in image.layers for entry in layer.entries}
        assert kinds == {"file", "dir", "link", "hardlink", "whiteout", "opaque", "fifo"}
        assert len(image.layers) > 5

    def test_the_entries_are_those_that_tar_lists(self, images: dict[str, Path]) -> None:
        image = open_image(images["umoci"])
        for layer in image.layers:
            blob = images["umoci"] / "blobs" / layer.digest.replace(":", "/")
            command = ("tar", "-tvzf", blob, "--numeric-owner", "--quoting-style=literal")
            # `umoci insert` leaves out the end of the archive, which tar tells after it listed all.
            listed = run(*command, status=(0, 2))
            assert [_listed(entry) for entry in layer.entries] == [
                _columns(line) for line in listed.splitlines()
            ]

    def test_hashes_are_those_of_the_files_in_the_layers(self, images: dict[str, Path]) -> None:
        image = open_image(images["umoci"], hashes=True)
        for layer in image.layers:
            blob = images["umoci"] / "blobs" / layer.digest.replace(":", "/")
            # As above: Python's reader wants the end that is left out.
            whole = io.BytesIO(gzip.decompress(blob.read_bytes()) + bytes(1536))
            with tarfile.open(fileobj=whole) as archive:
                contents = [archive.extractfile(one) for one in archive if _is_content(one)]
                expected = [hashlib.sha256(one.read()).hexdigest() for one in contents if one]
            assert [entry.sha256 for entry in layer.entries if entry.sha256] == expected


def _is_content(member: tarfile.TarInfo) -> bool:
    return member.isreg() and not Path(member.name).name.startswith(".wh.")


def made_by_umoci(root: Path, dice: random.Random) -> Path:
    """Return a layout that umoci made, one layer for each of some changes to a folder."""
    image = root / "image"
    run("umoci", "init", "--layout", image)
    run("umoci", "new", "--image", f"{image}:x")
    for number in range(6):
        bundle = root / f"bundle{number}"
        run("umoci", "unpack", "--rootless", "--image", f"{image}:x", bundle)
        change(bundle / "rootfs", dice, number)
        run("umoci", "repack", "--image", f"{image}:x", bundle)
        shutil.rmtree(bundle)
    (given := root / "given").mkdir()
    (given / "only").write_text("this is left")
    run("umoci", "insert", "--rootless", "--opaque", "--image", f"{image}:x", given, "/usr/lib")
    return image


def change(root: Path, dice: random.Random, number: int) -> None:
    """Change some of what is below `root`; the first time, draw it."""
    if number == 0:
        for folder_name in ("usr/bin", "usr/lib/deep/er", "etc", "var"):
            (root / folder_name).mkdir(parents=True)
        (root / "bin").symlink_to("usr/bin")
        (root / "etc" / "tab\tand \\ and é").write_text("name")
        os.mkfifo(root / "var" / "fifo")
    for step in range(12):
        new = root / dice.choice(("usr/bin", "usr/lib", "etc", "var")) / f"f{number}-{step}"
        new.parent.mkdir(exist_ok=True, parents=True)
        new.write_text(str(dice.random()) * dice.choice((0, 1, 1000)))
        new.chmod(dice.choice((0o644, 0o755, 0o600)))
        if step % 4 == 0:
            (new.with_name(f"l{number}-{step}")).symlink_to(dice.choice((new.name, "/etc", "no")))
        elif step % 4 == 1:
            (new.with_name(f"h{number}-{step}")).hardlink_to(new)
    if number:
        files = sorted(path for path in (root / "usr").rglob("*") if path.is_file())
        for path in dice.sample(files, 3):
            path.unlink()
        # A file where a folder was, and the other way round.
        shutil.rmtree(root / "var")
        (root / "var").mkdir()
        kept = root / "etc" / "turns"
        if kept.is_dir():
            shutil.rmtree(kept)
            kept.write_text("a file")
        else:
            kept.unlink(missing_ok=True)
            kept.mkdir()
            (kept / "inside").write_text("below")


_LETTERS: Final = {"d": "dir", "l": "link", "h": "hardlink", "p": "fifo", "-": "file"}


def _listed(entry: LayerEntry) -> tuple[str, str, int, str]:
    kind = "file" if entry.type in {"whiteout", "opaque"} else entry.type
    return kind, f"{entry.uid}/{entry.gid}", entry.size, entry.path


def _columns(line: str) -> tuple[str, str, int, str]:
    """Return type, owner, size and name of a line of `tar -tv`."""
    mode, owner, size, _, _, name = line.split(maxsplit=5)
    name = name.partition(" -> ")[0].partition(" link to ")[0]
    return _LETTERS[mode[0]], owner, int(size), name


def test_an_image_is_what_it_says(tmp_path: Path) -> None:
    """`umoci stat` and we see the same layers."""
    image = made_by_umoci(tmp_path, random.Random(1))  # noqa: S311
    opened: Image = open_image(image)
    told = run("umoci", "stat", "--image", f"{image}:x")
    digests = [word for word in told.split() if word.startswith("sha256:")]
    assert [layer.digest for layer in opened.layers] == digests
