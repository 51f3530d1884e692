"""BuildStream's artifact cache: what is stored, and caches that are wrong, hostile or changing."""

from __future__ import annotations

import errno
import hashlib
import os
import subprocess
import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from bstgraph.artifacts import Artifact, ArtifactStore, BuiltFrom, ref_name
from bstgraph.errors import CacheError
from bstgraph.files import EMPTY, Directory, File, gaps, lookup, paths
from bstgraph.stores import _objects, _trees
from bstgraph.stores import cache as cache_module
from bstgraph.stores._reapi import Digest
from bstgraph.stores._trees import Trees
from bstgraph.stores.cache import LocalCache, UnreadableRef, default_cache_directory
from tests.unit.caches import STRONG, WEAK, DrawnCache, drawn, file, message, told

OTHER = "c" * 64


@pytest.fixture
def drawing(tmp_path: Path) -> DrawnCache:
    return DrawnCache(tmp_path / "cache")


def only(cache: DrawnCache) -> Artifact:
    (artifact,) = cache.open().artifacts("test", "a.bst")
    return artifact


def tree(cache: DrawnCache, root: Digest) -> Directory:
    """Return the tree of an artifact with these files."""
    cache.artifact("a.bst", root)
    return cache.open().tree(only(cache))


class TestArtifacts:
    def test_everything_that_a_ref_says(self, drawing: DrawnCache) -> None:
        files = drawn("usr/bin/tool*", "usr/lib -> lib64", "empty/", "etc/conf")
        drawing.artifact(
            "lib/a.bst", files, strict=OTHER, built_from=[("sub", "b.bst", OTHER)], modified=5.0
        )
        store: ArtifactStore = drawing.open()
        (artifact,) = store.artifacts("test", "lib/a.bst")
        root = drawing.tree(files)
        public = drawing.blob(b"bst:\n  split-rules: {}\n")
        assert artifact == Artifact(
            project="test",
            element="lib-a",
            keys=(STRONG, WEAK),
            strong=STRONG,
            strict=OTHER,
            weak=WEAK,
            success=True,
            modified=5.0,
            files=root.hash,
            files_size=root.size,
            public=public.hash,
            public_size=public.size,
        )
        assert drawing.open().built_from(artifact) == (BuiltFrom("sub", "b.bst", OTHER),)
        assert store.tree(artifact) == files
        assert store.label == f"cache {drawing.directory}"

    def test_equal_keys_are_one(self, drawing: DrawnCache) -> None:
        drawing.artifact("a.bst", EMPTY, strong=STRONG, weak=STRONG)
        assert only(drawing).keys == (STRONG,)

    def test_newest_first(self, drawing: DrawnCache) -> None:
        keys = [number * 64 for number in "123"]
        for key, modified in zip(keys, (20.0, 30.0, 10.0), strict=True):
            drawing.artifact("a.bst", EMPTY, strong=key, weak=key, modified=modified)
        found = drawing.open().artifacts("test", "a.bst")
        assert [artifact.strong[0] for artifact in found] == ["2", "1", "3"]
        assert [artifact.modified for artifact in found] == [30.0, 20.0, 10.0]

    def test_the_same_time_goes_by_keys(self, drawing: DrawnCache) -> None:
        for key in ("2" * 64, "1" * 64):
            drawing.artifact("a.bst", EMPTY, strong=key, weak=key)
        found = drawing.open().artifacts("test", "a.bst")
        assert [artifact.strong[0] for artifact in found] == ["1", "2"]

    def test_the_latest_time_of_its_refs(self, drawing: DrawnCache) -> None:
        _, weak = drawing.artifact("a.bst", EMPTY, modified=10.0)
        os.utime(weak, (77.0, 77.0))
        assert only(drawing).modified == 77.0

    def test_a_weak_key_that_a_later_build_took(self, drawing: DrawnCache) -> None:
        drawing.artifact("a.bst", drawn("old"), strong=STRONG, weak=WEAK, modified=1.0)
        drawing.artifact("a.bst", drawn("new"), strong=OTHER, weak=WEAK, modified=2.0)
        new, old = drawing.open().artifacts("test", "a.bst")
        assert (new.keys, old.keys) == ((WEAK, OTHER), (STRONG,))

    @pytest.mark.parametrize("key", [STRONG, WEAK])
    def test_one_by_its_key(self, drawing: DrawnCache, key: str) -> None:
        drawing.artifact("a.bst", drawn("x"))
        drawing.artifact("a.bst", drawn("y"), strong=OTHER, weak=OTHER)
        found = drawing.open().artifact("test", "a.bst", key)
        assert found is not None
        assert found.keys == (STRONG, WEAK)
        assert found in drawing.open().artifacts("test", "a.bst")

    @pytest.mark.parametrize("key", [OTHER, "", "..", f"../a/{STRONG}", STRONG.upper()])
    def test_none_by_another_key(self, drawing: DrawnCache, key: str) -> None:
        drawing.artifact("a.bst", EMPTY)
        assert drawing.open().artifact("test", "a.bst", key) is None

    def test_all_in_order(self, drawing: DrawnCache) -> None:
        for project, element, key in [("b", "x", "1"), ("a", "z", "2"), ("a", "y", "3")]:
            drawing.artifact(f"{element}.bst", EMPTY, project=project, strong=key * 64)
        drawing.artifact("y.bst", EMPTY, project="a", strong="4" * 64, weak="4" * 64, modified=9e9)
        found = [(one.project, one.element, one.strong[0]) for one in drawing.open().all()]
        assert found == [("a", "y", "4"), ("a", "y", "3"), ("a", "z", "2"), ("b", "x", "1")]

    def test_a_failed_build(self, drawing: DrawnCache) -> None:
        drawing.artifact("a.bst", success=False)
        artifact = only(drawing)
        assert not artifact.success
        assert artifact.files == ""
        assert drawing.open().tree(artifact) == EMPTY

    @pytest.mark.parametrize("project", ["", ".", "..", "../refs/test", "te\0st", "\ud800"])
    def test_a_project_that_is_none(self, drawing: DrawnCache, project: str) -> None:
        drawing.artifact("a.bst", EMPTY)
        assert drawing.open().artifacts(project, "a.bst") == ()

    @pytest.mark.parametrize("element", ["", ".", "..", "b.bst", "../test/a.bst"])
    def test_an_element_that_is_not_there(self, drawing: DrawnCache, element: str) -> None:
        drawing.artifact("a.bst", EMPTY)
        assert drawing.open().artifacts("test", element) == ()

    @pytest.mark.parametrize(
        ("element", "expected"),
        [
            ("a.bst", "a"),
            ("lib/a.b.bst", "lib-a.b"),
            ("lib/über c+1@2.bst", "lib-_ber_c_1_2"),
            ("no-extension", "no-extension"),
        ],
    )
    def test_names_of_refs(self, element: str, expected: str) -> None:
        assert ref_name(element) == expected

    def test_nothing_is_touched(self, drawing: DrawnCache) -> None:
        drawing.artifact("a.bst", drawn("a/b", "c"))
        before = drawing.state()
        cache = drawing.open()
        for artifact in cache.all():
            cache.tree(artifact)
            cache.public(artifact)
        assert drawing.state() == before


class TestUnreadableRefs:
    def unreadable(self, drawing: DrawnCache) -> UnreadableRef:
        cache = drawing.open()
        assert cache.artifacts("test", "a.bst") == ()
        assert list(cache.all()) == []
        (found,) = cache.unreadable()
        return found

    def test_another_version(self, drawing: DrawnCache) -> None:
        drawing.artifact("a.bst", EMPTY, version=3)
        assert self.unreadable(drawing) == UnreadableRef(
            project="test", element="a", keys=(STRONG, WEAK), reason="has version 3, not 2"
        )
        assert drawing.open().artifact("test", "a.bst", STRONG) is None

    @pytest.mark.parametrize("data", [b"", b"\x08\x01"])
    def test_an_older_version(self, drawing: DrawnCache, data: bytes) -> None:
        drawing.ref(drawing.refs / "test" / "a" / STRONG, data)
        assert self.unreadable(drawing).reason.endswith(", not 2")

    def test_a_torn_message(self, drawing: DrawnCache) -> None:
        (ref, _) = drawing.artifact("a.bst", EMPTY)
        torn = ref.read_bytes()[:-3]
        for key in (STRONG, WEAK):
            drawing.ref(ref.with_name(key), torn)
        assert self.unreadable(drawing).reason == "holds no artifact message"

    def test_too_large(self, drawing: DrawnCache, monkeypatch: pytest.MonkeyPatch) -> None:
        drawing.artifact("a.bst", EMPTY)
        monkeypatch.setattr(cache_module, "LARGEST_REF", 20)
        assert self.unreadable(drawing).reason == "is larger than 20 bytes"

    @pytest.mark.parametrize(
        ("make", "reason"),
        [
            (lambda path: path.mkdir(), "cannot be read: "),
            (os.mkfifo, "cannot be read: it is no regular file"),
            (lambda path: path.symlink_to("/etc/passwd"), "cannot be read: too many levels"),
        ],
    )
    def test_no_file(self, drawing: DrawnCache, make: Callable[[Path], None], reason: str) -> None:
        folder = drawing.refs / "test" / "a"
        folder.mkdir(parents=True)
        make(folder / STRONG)
        assert self.unreadable(drawing).reason.startswith(reason)

    def test_other_names_are_no_refs(self, drawing: DrawnCache) -> None:
        drawing.artifact("a.bst", EMPTY)
        for name in ("tmpx8h2", "A" * 64, STRONG + "0"):
            drawing.ref(drawing.refs / "test" / "a" / name, b"x")
        (drawing.refs / "file").write_text("")
        assert only(drawing).keys == (STRONG, WEAK)
        assert list(drawing.open().unreadable()) == []

    def test_a_ref_that_goes(self, drawing: DrawnCache, monkeypatch: pytest.MonkeyPatch) -> None:
        drawing.artifact("a.bst", EMPTY)
        listed = cache_module._names

        def names(folder: str) -> list[str]:
            found = listed(folder)
            if folder.endswith("/a"):
                (drawing.refs / "test" / "a" / WEAK).unlink()
            return found

        monkeypatch.setattr(cache_module, "_names", names)
        assert only(drawing).keys == (STRONG,)

    def test_a_folder_that_cannot_be_listed(
        self, drawing: DrawnCache, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        def refuse(folder: str) -> list[str]:
            raise PermissionError(errno.EACCES, "Permission denied", folder)

        cache = drawing.open()
        monkeypatch.setattr(os, "listdir", refuse)
        with pytest.raises(CacheError, match=r"cannot be read: permission denied \[unreadable"):
            list(cache.all())


class TestTrees:
    def test_empty_needs_no_blob(self, drawing: DrawnCache) -> None:
        empty = drawing.tree(EMPTY)
        drawing.path(empty.hash).unlink()
        assert tree(drawing, empty) == EMPTY

    def test_a_missing_root(self, drawing: DrawnCache) -> None:
        root = drawing.tree(drawn("a"))
        drawing.path(root.hash).unlink()
        assert tree(drawing, root) == Directory(gap=f"the blob {root.hash} is not in the cache")

    def test_a_missing_directory(self, drawing: DrawnCache) -> None:
        root = drawing.tree(drawn("a/b/c", "a/d", "e/f"))
        lost = drawing.tree(drawn("c"))
        # The content of a file is its path in `drawn`.
        below = drawing.tree(Directory({"c": file("a/b/c")}))
        assert lost != below
        drawing.path(below.hash).unlink()
        found = tree(drawing, root)
        assert list(gaps(found)) == [("a/b", f"the blob {below.hash} is not in the cache")]
        assert list(paths(found)) == ["a", "a/d", "a/b", "e", "e/f"]

    def test_a_gap_is_looked_at_again(self, drawing: DrawnCache) -> None:
        root = drawing.tree(drawn("a/b"))
        below = drawing.path(drawing.tree(Directory({"b": file("a/b")})).hash)
        kept = below.read_bytes()
        below.unlink()
        drawing.artifact("a.bst", root)
        cache = drawing.open()
        assert list(gaps(cache.tree(only(drawing)))) != []
        below.write_bytes(kept)
        assert cache.tree(only(drawing)) == drawn("a/b")

    @pytest.mark.parametrize("size", [0, 1, 70, 72, 2**40, -1])
    def test_another_size(self, drawing: DrawnCache, size: int) -> None:
        root = drawing.tree(drawn("a"))
        found = tree(drawing, Digest(root.hash, size))
        assert found.entries == {}
        assert found.gap

    def test_a_lying_digest(self, drawing: DrawnCache) -> None:
        root = drawing.tree(drawn("a"))
        other = drawing.tree(drawn("b"))
        drawing.blob(drawing.path(other.hash).read_bytes(), hashed=root.hash)
        found = tree(drawing, root)
        assert found == Directory(gap=f"the blob {root.hash} has another content")

    def test_a_directory_in_itself(self, drawing: DrawnCache) -> None:
        digest = drawing.directory_blob(directories=[(b"a", Digest(OTHER, 76))])
        drawing.blob(drawing.path(digest.hash).read_bytes(), hashed=OTHER)
        found = tree(drawing, Digest(OTHER, digest.size))
        assert found == Directory(gap=f"the blob {OTHER} has another content")

    def test_a_circle_that_no_hash_tells(self, monkeypatch: pytest.MonkeyPatch) -> None:
        """Nobody can make one today; then it ends where it would begin again."""
        two = Digest("2" * 64, 2)
        blobs = {
            Digest("1" * 64, 1): {"b": two},
            two: {"c": Digest("1" * 64, 1), "d": two},
        }

        class Hash:
            def __init__(self, data: bytes) -> None:
                self.hexdigest = lambda: data.decode() * 64

        monkeypatch.setattr(hashlib, "sha256", Hash)

        def parse(data: bytes) -> object:
            named = blobs[Digest(data.decode() * 64, int(data))]
            nodes = [{"name": k.encode(), "digest": told(v)} for k, v in named.items()]
            return message("Directory", directories=nodes)

        monkeypatch.setattr(_trees, "directory_message", parse)
        found = Trees(lambda digest: digest.hash[:1].encode()).tree(Digest("1" * 64, 1))
        assert list(gaps(found)) == [("b/c", "it lies in itself"), ("b/d", "it lies in itself")]

    def test_a_torn_message(self, drawing: DrawnCache) -> None:
        whole = drawing.path(drawing.tree(drawn("a")).hash).read_bytes()
        torn = drawing.blob(whole[:-1])
        assert tree(drawing, torn).gap == f"the blob {torn.hash} is no directory"

    @pytest.mark.parametrize(
        "name", [b"", b".", b"..", b"a/b", b"/etc", b"a\0", b"\xff", b"\xed\xa0\x80", b"x" * 256]
    )
    def test_names_that_no_entry_can_have(self, drawing: DrawnCache, name: bytes) -> None:
        digest = drawing.blob(b"")
        root = drawing.directory_blob(
            files=[(name, digest), (b"f", digest)],
            links=[(name, b"t"), (b"l", b"t")],
            directories=[(name, digest), (b"d", digest)],
        )
        found = tree(drawing, root)
        assert list(found.entries) == ["f", "l", "d"]
        assert found.gap.startswith("it has an entry with the impossible name '")
        assert found.gap.endswith(", and 2 more like that")

    def test_a_name_twice(self, drawing: DrawnCache) -> None:
        digest = drawing.blob(b"")
        root = drawing.directory_blob(
            files=[(b"a", digest), (b"b", digest)], directories=[(b"a", digest)]
        )
        found = tree(drawing, root)
        assert found == Directory(
            {"b": File(digest.hash, 0)}, "it has more than one entry named 'a'"
        )

    def test_odd_names(self, drawing: DrawnCache) -> None:
        files = drawn("a b", "new\nline", "tab\t", "->x", "\u202e", "ü", "...", "a:b")
        assert tree(drawing, drawing.tree(files)) == files

    def test_a_target_that_is_not_utf_8(self, drawing: DrawnCache) -> None:
        root = drawing.directory_blob(links=[(b"a", b"\xff"), (b"b", b"/x")])
        found = tree(drawing, root)
        assert list(found.entries) == ["b"]
        assert found.gap == "the target of its link 'a' is not UTF-8"

    @pytest.mark.parametrize("digest", [Digest("", 0), Digest("x" * 64, 0), Digest(OTHER, -1)])
    def test_a_file_without_a_digest(self, drawing: DrawnCache, digest: Digest) -> None:
        found = tree(drawing, drawing.directory_blob(files=[(b"a", digest)]))
        assert found == Directory({"a": File()}, "the digest of its file 'a' is none")

    @pytest.mark.parametrize("hashed", ["", "x" * 64, "../../../../etc/passwd", "\0" * 64])
    def test_a_directory_without_a_digest(self, drawing: DrawnCache, hashed: str) -> None:
        root = drawing.directory_blob(directories=[(b"a", Digest(hashed, 5))])
        assert list(gaps(tree(drawing, root))) == [("a", "its digest is none")]

    def test_a_blob_that_is_a_link_or_folder(self, drawing: DrawnCache) -> None:
        root = drawing.tree(drawn("a"))
        path = drawing.path(root.hash)
        moved = path.rename(path.with_name("moved"))
        path.symlink_to(moved)
        assert "cannot be read" in tree(drawing, root).gap
        path.unlink()
        path.mkdir()
        assert "cannot be read" in tree(drawing, root).gap

    def test_too_large(self, drawing: DrawnCache, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(_objects, "LARGEST_BLOB", 10)
        root = drawing.tree(drawn("a"))
        assert tree(drawing, root).gap == f"the blob {root.hash} is larger than 10 bytes"

    def test_shared_directories_are_one(self, drawing: DrawnCache) -> None:
        drawing.artifact("a.bst", drawn("usr/lib/x", "a"))
        shared = Directory({"x": file("usr/lib/x")})
        drawing.artifact("b.bst", Directory({"opt": shared}))
        cache = drawing.open()
        (a,), (b,) = (cache.artifacts("test", name) for name in ("a.bst", "b.bst"))
        assert lookup(cache.tree(a), "usr/lib") is lookup(cache.tree(b), "opt")
        assert cache.tree(a) is cache.tree(a)

    def test_what_is_kept_is_bounded(self, drawing: DrawnCache) -> None:
        roots = [drawing.tree(drawn(f"{name}/x", f"{name}/y")) for name in "abcdef"]
        objects = _objects.Objects(str(drawing.objects))
        trees = Trees(objects.read, remembered=6)
        first = trees.tree(roots[0])
        assert trees.tree(roots[0]) is first
        for root in roots[1:]:
            trees.tree(root)
        assert trees.tree(roots[0]) is not first
        assert trees.tree(roots[0]) == first

    def test_laughs_are_bounded(self, drawing: DrawnCache) -> None:
        digest = drawing.tree(drawn("ha"))
        for _ in range(60):
            digest = drawing.directory_blob(directories=[(b"a", digest), (b"b", digest)])
        found = tree(drawing, digest)
        whole = _trees.MOST_PATHS.bit_length() - 2
        here: object = found
        for _ in range(60 - whole):
            assert isinstance(here, Directory)
            here = here.entries.get("a", here)
        assert isinstance(here, Directory)
        assert here.gap == "it has more than 10,000,000 paths below it"

    def test_laughs_with_few_paths(
        self, drawing: DrawnCache, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(_trees, "MOST_PATHS", 30)
        digest = drawing.tree(drawn("ha"))
        for _ in range(10):
            digest = drawing.directory_blob(directories=[(b"a", digest), (b"b", digest)])
        found = tree(drawing, digest)
        assert 0 < len(list(paths(found))) <= 30
        assert {gap for _, gap in gaps(found)} == {"it has more than 30 paths below it"}

    def test_long_lists(self, drawing: DrawnCache, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(_trees, "MOST_TEXT", 100)
        assert tree(drawing, drawing.tree(drawn("a" * 90))).gap == ""
        found = tree(drawing, drawing.tree(drawn(f"{'a' * 40}/{'b' * 40}")))
        assert found.gap == "the paths below it have more than 100 characters"

    def test_a_deep_tree(self, drawing: DrawnCache) -> None:
        digest = drawing.blob(b"")
        for _ in range(3000):
            digest = drawing.directory_blob(directories=[(b"d", digest)])
        found = tree(drawing, digest)
        ((path, gap),) = gaps(found)
        assert gap == "it has more than 500 levels below it"
        assert path.count("/") < 500


class TestPublicData:
    def test_every_scalar_is_text(self, drawing: DrawnCache) -> None:
        drawing.artifact("a.bst", public="bst:\n  a: 010\n  b: true\n  c:\n  d: [1.50, null]\n")
        assert drawing.open().public(only(drawing)) == {
            "bst": {"a": "010", "b": "true", "c": "", "d": ["1.50", "null"]}
        }

    @pytest.mark.parametrize("text", ["a: [", "- a", "a: &x 1\nb: *x\n", "a: " + "[" * 500])
    def test_what_is_none(self, drawing: DrawnCache, text: str) -> None:
        drawing.artifact("a.bst", public=text)
        assert drawing.open().public(only(drawing)) is None

    @pytest.mark.parametrize("data", [b"a: \xff", b"a: 2"])
    def test_a_blob_that_is_something_else(self, drawing: DrawnCache, data: bytes) -> None:
        drawing.artifact("a.bst", public="a: 1")
        drawing.blob(data, hashed=only(drawing).public)
        assert drawing.open().public(only(drawing)) is None

    def test_not_utf_8(self, drawing: DrawnCache) -> None:
        drawing.artifact(
            "a.bst", public="\udc80".encode("utf-8", "surrogatepass").decode("latin-1")
        )
        artifact = only(drawing)
        digest = drawing.blob(b"a: \xff")
        assert drawing.open().public(replaced(artifact, digest)) is None

    @pytest.mark.parametrize("size", [-1, 2**40])
    def test_impossible_sizes(self, drawing: DrawnCache, size: int) -> None:
        drawing.artifact("a.bst")
        artifact = only(drawing)
        assert drawing.open().public(replaced(artifact, Digest(artifact.public, size))) is None

    @pytest.mark.parametrize("hashed", ["", "../x", OTHER])
    def test_a_blob_that_is_not_there(self, drawing: DrawnCache, hashed: str) -> None:
        drawing.artifact("a.bst")
        assert drawing.open().public(replaced(only(drawing), Digest(hashed, 5))) is None


def replaced(artifact: Artifact, public: Digest) -> Artifact:
    """Return the artifact with other public data."""
    return replace(artifact, public=public.hash, public_size=public.size)


class TestDefaultDirectory:
    @pytest.fixture(autouse=True)
    def home(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setenv("HOME", str(tmp_path))
        for name in ("XDG_CACHE_HOME", "XDG_CONFIG_HOME", "XDG_DATA_HOME"):
            monkeypatch.delenv(name, raising=False)
        (tmp_path / ".config").mkdir()

    def configure(self, tmp_path: Path, text: str, name: str = "buildstream.conf") -> None:
        (tmp_path / ".config" / name).write_text(text)

    def test_without_a_configuration(self, tmp_path: Path) -> None:
        assert default_cache_directory() == f"{tmp_path}/.cache/buildstream"

    def test_the_environment(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setenv("XDG_CACHE_HOME", "/var/xdg//cache")
        assert default_cache_directory() == "/var/xdg/cache/buildstream"
        self.configure(tmp_path, "scheduler: {}\n")
        assert default_cache_directory() == "/var/xdg/cache/buildstream"
        # Set to nothing counts as not set.
        monkeypatch.setenv("XDG_CACHE_HOME", "")
        assert default_cache_directory() == f"{tmp_path}/.cache/buildstream"

    @pytest.mark.parametrize(
        ("told", "expected"),
        [
            ("/a//b/../c", "/a/c"),
            ("~/x", "{home}/x"),
            ("${HOME}/x", "{home}/x"),
            ("$HOME/x", "{home}/x"),
            ("${XDG_CACHE_HOME}/x", "{home}/.cache/x"),
            ("$XDG_DATA_HOME/x", "{home}/.local/share/x"),
            (
                "/x/$UNSET_OF_BSTGRAPH/${UNSET_OF_BSTGRAPH}",
                "/x/$UNSET_OF_BSTGRAPH/${UNSET_OF_BSTGRAPH}",
            ),
        ],
    )
    def test_cachedir(self, tmp_path: Path, told: str, expected: str) -> None:
        self.configure(tmp_path, f"cachedir: {told}\n")
        assert default_cache_directory() == expected.replace("{home}", str(tmp_path))

    def test_the_configuration_of_buildstream_2_first(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        self.configure(tmp_path, "cachedir: /one\n")
        self.configure(tmp_path, "cachedir: /two\n", "buildstream2.conf")
        assert default_cache_directory() == "/two"
        monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "elsewhere"))
        assert default_cache_directory() == f"{tmp_path}/.cache/buildstream"

    @pytest.mark.parametrize(
        ("text", "message"),
        [
            ("cachedir: cache\n", "the cachedir 'cache' is no absolute path"),
            ("cachedir:\n", "the cachedir '' is no absolute path"),
            ("cachedir: [a]\n", "expected a string, found a list"),
            ("cachedir: [a\n", "did not find expected"),
        ],
    )
    def test_what_is_none(self, tmp_path: Path, text: str, message: str) -> None:
        self.configure(tmp_path, text)
        with pytest.raises(CacheError, match=message) as raised:
            default_cache_directory()
        assert raised.value.slug == "no-cache"
        assert raised.value.at is not None
        assert raised.value.at.path == f"{tmp_path}/.config/buildstream.conf"

    def test_no_cache(self, tmp_path: Path) -> None:
        with pytest.raises(CacheError, match="it has no folder 'artifacts/refs'") as raised:
            LocalCache()
        assert raised.value.slug == "no-cache"
        (tmp_path / ".cache/buildstream/artifacts/refs").mkdir(parents=True)
        assert list(LocalCache().all()) == []


def test_protobuf_is_imported_when_a_cache_is_read() -> None:
    code = "import bstgraph, bstgraph.cli, sys; print('google.protobuf' in sys.modules)"
    ended = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert ended.stdout == "False\n"
