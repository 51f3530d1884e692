"""Container images that are damaged, or made to harm: each is one clear error."""

from __future__ import annotations

import json
import os
import pickle
import tarfile
import tracemalloc
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from bstgraph.errors import ImageError
from bstgraph.stores import open_image
from bstgraph.stores.oci import _documents, _overlay
from tests.unit.oci_layouts import (
    CONFIG,
    INDEX,
    LAYER,
    MANIFEST,
    Entry,
    Layout,
    archived,
    device,
    digest,
    file,
    folder,
    hard,
    layout,
    link,
    opaque,
    packed,
    resummed,
    saved,
    tar,
    written,
)

LOWER = tar(file("a", "text"))


def refused(path: Path, slug: str = "bad-image", **limits: Any) -> str:  # noqa: ANN401
    """Return the message of the error that an image is."""
    with pytest.raises(ImageError) as caught:
        open_image(path, hashes=True, **limits)
    assert caught.value.slug == slug
    assert str(pickle.loads(pickle.dumps(caught.value))) == str(caught.value)  # noqa: S301
    return f"{caught.value.message} {caught.value.fix or ''}".rstrip()


class TestNoImage:
    def test_nothing(self, tmp_path: Path) -> None:
        assert refused(tmp_path / "no", "unknown-image").endswith("no' does not exist")
        assert refused(Path("a\0b"), "unknown-image").endswith("does not exist")

    def test_another_folder(self, tmp_path: Path) -> None:
        assert "neither an index.json nor" in refused(tmp_path, "unknown-image")

    def test_another_archive(self, tmp_path: Path) -> None:
        path = written(tmp_path / "a.tar", file("a"))
        assert "neither an index.json nor" in refused(path, "unknown-image")

    def test_a_folder_of_skopeo(self, tmp_path: Path) -> None:
        (tmp_path / "manifest.json").write_text("{}")
        assert "copy it to oci:" in refused(tmp_path, "unknown-image")

    @pytest.mark.parametrize("data", [b"", b"x", b"text" * 1000])
    def test_another_file(self, tmp_path: Path, data: bytes) -> None:
        (tmp_path / "a").write_bytes(data)
        slug = "bad-image" if data else "unknown-image"
        refused(tmp_path / "a", slug)

    def test_zstd_as_a_whole(self, tmp_path: Path) -> None:
        path = written(tmp_path / "a.tar", file("a"), compress="zstd")
        assert "unzstd" in refused(path, "unknown-image")

    def test_a_fifo_is_not_waited_for(self, tmp_path: Path) -> None:
        os.mkfifo(tmp_path / "a")
        assert "is no regular file" in refused(tmp_path / "a", "not-a-file")
        assert "is no regular file" in refused(Path("/dev/zero"), "not-a-file")

    def test_unreadable(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        path = archived(layout(tmp_path / "i", LOWER))

        def fail(*_: object, **__: object) -> int:
            raise PermissionError(13, "no")

        monkeypatch.setattr(os, "open", fail)
        assert "cannot be read" in refused(path, "unreadable-file")
        assert "cannot be read" in refused(tmp_path / "i", "unreadable-file")


class TestLayouts:
    def test_links_that_lead_out(self, tmp_path: Path) -> None:
        root = layout(tmp_path / "i", LOWER)
        blob = root / "blobs" / digest(LOWER).replace(":", "/")
        blob.rename(tmp_path / "outside")
        blob.symlink_to("../../../outside")
        assert "leads out of the layout" in refused(root)
        (root / "index.json").unlink()
        (root / "index.json").symlink_to("/etc/hostname")
        assert "leads out of the layout" in refused(root)

    def test_folders_that_lead_out(self, tmp_path: Path) -> None:
        root = layout(tmp_path / "i", LOWER)
        (root / "blobs").rename(tmp_path / "blobs")
        (root / "blobs").symlink_to("../blobs")
        assert "leads out of the layout" in refused(root)

    @pytest.mark.parametrize("make", [os.mkfifo, os.mkdir])
    def test_a_blob_that_is_no_file(self, tmp_path: Path, make: Callable[[Path], None]) -> None:
        root = layout(tmp_path / "i", LOWER)
        blob = root / "blobs" / digest(LOWER).replace(":", "/")
        blob.unlink()
        make(blob)
        refused(root, "not-a-file")

    def test_missing_blobs(self, tmp_path: Path) -> None:
        for number in range(3):
            root = layout(tmp_path / str(number), LOWER)
            blob = sorted((root / "blobs" / "sha256").iterdir())[number]
            blob.unlink()
            assert f"'blobs/sha256/{blob.name}' is missing" in refused(root)

    def test_a_blob_below_a_file(self, tmp_path: Path) -> None:
        made = Layout(tmp_path / "i")
        (made.root / "blobs").write_text("")
        refused(made.index({"mediaType": MANIFEST, "digest": digest(b""), "size": 0}))

    def test_digests_that_lie(self, tmp_path: Path) -> None:
        for number in range(3):
            root = layout(tmp_path / str(number), LOWER)
            blob = sorted((root / "blobs" / "sha256").iterdir())[number]
            data = bytearray(blob.read_bytes())
            data[-1] ^= 1
            blob.write_bytes(data)
            assert "has another digest" in refused(root)

    @pytest.mark.parametrize("compress", ["gzip", "zstd"])
    def test_digests_of_what_is_inflated_lie(self, tmp_path: Path, compress: str) -> None:
        made = Layout(tmp_path / "i")
        blob = made.blob(packed(LOWER, compress), LAYER)
        root = made.index(made.manifest([blob], [digest(b"")]))
        assert "layer 1, inflated, has another digest" in refused(root)

    @pytest.mark.parametrize(
        "digest_",
        [
            "",
            "sha256",
            "sha256:",
            "sha256:" + "0" * 63,
            "sha256:" + "A" * 64,
            "sha256:../../../../../../etc/" + "0" * 38,
            "sha256:" + "0" * 63 + "\n",
            "md5:" + "0" * 32,
            "blake3:" + "0" * 64,
            "../sha256:" + "0" * 64,
            "sha256:" + "\u0661" * 64,
        ],
    )
    def test_digests_that_are_none(self, tmp_path: Path, digest_: str) -> None:
        made = Layout(tmp_path / "i")
        entry = {"mediaType": MANIFEST, "digest": digest_, "size": 1}
        assert "is no digest" in refused(made.index(entry))

    def test_sizes_that_lie(self, tmp_path: Path) -> None:
        made = Layout(tmp_path / "i")
        image = made.image(LOWER)
        assert "and should have 7" in refused(made.index({**image, "size": 7}))
        assert "has no size" in refused(made.index({**image, "size": -7}))
        blob = made.blob(LOWER, LAYER)
        lying = made.manifest([{**blob, "size": 7}], [digest(LOWER)])
        assert "and should have 7" in refused(made.index(lying))

    def test_a_file_that_shrinks(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        root = layout(tmp_path / "i", LOWER)
        true = os.fstat

        def longer(number: int) -> os.stat_result:
            found = list(true(number))
            found[6] += 1
            return os.stat_result(found)

        monkeypatch.setattr(os, "fstat", longer)
        assert "ends too early" in refused(root)


class TestDocuments:
    @pytest.mark.parametrize(
        "text",
        ["", "{", "[" * 100_000, "\ud800", '"text"', "null", "1" * 5000, "{" + '"a":{' * 50_000],
    )
    def test_no_json(self, tmp_path: Path, text: str) -> None:
        (tmp_path / "index.json").write_bytes(text.encode("utf-8", "surrogatepass"))
        assert "is no JSON" in refused(tmp_path)

    @pytest.mark.parametrize(
        "data",
        [
            {"manifests": {}},
            {"manifests": [1]},
            {"manifests": [{"digest": 1}]},
            {"manifests": [{"digest": digest(b""), "size": True}]},
            {"manifests": [{"digest": digest(b""), "size": 0, "annotations": {"a": 1}}]},
            {"manifests": [{"digest": digest(b""), "size": 0, "annotations": []}]},
            {"schemaVersion": 1},
            {"schemaVersion": "2"},
            {"layers": [{}]},
            {"config": {"a": 1}},
        ],
    )
    def test_an_index_that_is_none(self, tmp_path: Path, data: object) -> None:
        made = Layout(tmp_path / "i")
        made.write("index.json", data)
        refused(made.root)

    @pytest.mark.parametrize(
        "change",
        [
            {"manifests": [{}]},
            {"schemaVersion": 1},
            {"config": None},
            {"config": []},
            {"layers": {}},
            {"layers": [None]},
        ],
    )
    def test_a_manifest_that_is_none(self, tmp_path: Path, change: dict[str, Any]) -> None:
        made = Layout(tmp_path / "i")
        good = json.loads(made.path(made.image(LOWER)["digest"]).read_text())
        refused(made.index(made.document({**good, **change}, MANIFEST)))

    @pytest.mark.parametrize(
        "change",
        [
            {"rootfs": None},
            {"rootfs": {"diff_ids": []}},
            {"rootfs": {"diff_ids": [1]}},
            {"rootfs": {"diff_ids": ["sha256:1"]}},
            {"config": 1},
            {"config": {"Env": "A=b"}},
            {"config": {"Labels": {"a": None}}},
            {"history": [{"empty_layer": 1}]},
            {"os": 1},
        ],
    )
    def test_a_configuration_that_is_none(self, tmp_path: Path, change: dict[str, Any]) -> None:
        refused(layout(tmp_path / "i", LOWER, **change))

    def test_artifacts_are_no_images(self, tmp_path: Path) -> None:
        made = Layout(tmp_path / "i")
        other = made.blob(b"{}", "application/vnd.cncf.helm.config.v1+json")
        chart = made.blob(b"", "text/plain")
        config = made.document({}, CONFIG)
        helm = made.document({"config": other, "layers": []}, MANIFEST)
        assert "an artifact: 'application/vnd.cncf.helm" in refused(made.index(helm))
        text = made.document({"config": config, "layers": [chart]}, MANIFEST)
        assert "an artifact: 'text/plain'" in refused(made.index(text))

    def test_documents_are_limited(self, tmp_path: Path) -> None:
        made = Layout(tmp_path / "i")
        large = made.blob(b"{" + b" " * _documents.LARGEST + b"}", MANIFEST)
        refused(made.index(large), "image-too-large")
        os.truncate(made.root / "index.json", 2**40)
        refused(made.root, "image-too-large")

    def test_indexes_in_indexes(self, tmp_path: Path) -> None:
        made = Layout(tmp_path / "i")
        entry = made.image(LOWER)
        for _ in range(8):
            entry = made.document({"manifests": [entry]}, INDEX)
        assert open_image(made.index(entry)).layers
        entry = made.document({"manifests": [entry]}, INDEX)
        assert "nested more than 8" in refused(made.index(entry), "image-too-large")

    def test_many_manifests(self, tmp_path: Path) -> None:
        made = Layout(tmp_path / "i")
        refused(made.index(*[made.image(LOWER)] * 1001), "image-too-large")


class TestSaved:
    def test_a_configuration_with_the_name_of_another(self, tmp_path: Path) -> None:
        entries = saved(LOWER)
        entries[1] = entries[1]._replace(content=entries[1].content + b" ")
        assert "has another digest" in refused(written(tmp_path / "a.tar", *entries))

    def test_wrong_files(self, tmp_path: Path) -> None:
        first, *rest = saved(LOWER)
        config = rest[0].path
        assert f"'{config}' is missing" in refused(written(tmp_path / "b.tar", first, rest[1]))
        path = tmp_path / "a.tar"
        assert "'0/layer.tar' is missing" in refused(written(path, *rest))
        twice = written(path, first, first._replace(path="./0//layer.tar"), *rest)
        assert "in the archive twice" in refused(twice)
        assert "no regular file" in refused(written(path, folder("0/layer.tar"), *rest))
        loop = (link("0/layer.tar", "x"), link("0/x", "layer.tar"))
        assert "is missing" in refused(written(path, *loop, *rest))
        out = (link("0/layer.tar", "../../../../../../etc/hostname"),)
        assert "is missing" in refused(written(path, *out, *rest))
        other = first._replace(content=tar(file("b")))
        assert "has another digest" in refused(written(path, other, *rest))

    def test_no_list(self, tmp_path: Path) -> None:
        assert "no list of objects" in refused(
            written(tmp_path / "a.tar", Entry("manifest.json", content=b"[1]"))
        )

    def test_cut_off(self, tmp_path: Path) -> None:
        path = written(tmp_path / "a.tar", *saved(tar(Entry("a", content=bytes(200_000)))))
        whole = path.read_bytes()
        for size in (100, 513, 100_000):
            for compress in ("", "gzip"):
                path.write_bytes(packed(whole[:size], compress))
                assert "ends too early" in refused(path)

    def test_inflates_without_end(self, tmp_path: Path) -> None:
        path = written(tmp_path / "a.tar", Entry("a", content=bytes(10**6)), compress="gzip")
        assert "raise max_bytes" in refused(path, "image-too-large", max_bytes=10**5)

    def test_an_archive_that_changes(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        """Between the first look at it and the reading of a layer."""
        layer = tar(Entry("a", content=bytes(200_000)))
        path = written(tmp_path / "a.tar", *saved(layer))
        true = _documents.load

        def truncating(*args: Any) -> object:  # noqa: ANN401 - as it is called
            found = true(*args)
            os.truncate(path, 100_000)
            return found

        monkeypatch.setattr("bstgraph.stores.oci._manifests.load", truncating)
        assert "ends too early" in refused(path)


class TestLimits:
    def test_bytes(self, tmp_path: Path) -> None:
        layer = tar(Entry("a", content=bytes(50_000_000)))
        for compress in ("gzip", "zstd"):
            root = layout(tmp_path / compress, layer, compress=compress)
            tracemalloc.start()
            message = refused(root, "image-too-large", max_bytes=10_000_000)
            _, peak = tracemalloc.get_traced_memory()
            tracemalloc.stop()
            assert "more than 10,000,000 bytes" in message
            assert "raise max_bytes (--max-bytes)" in message
            assert peak < 5_000_000
            assert open_image(root, max_bytes=60_000_000).layers

    def test_entries(self, tmp_path: Path) -> None:
        root = layout(tmp_path / "i", tar(*map(file, "abc")), tar(*map(file, "def")))
        assert "raise max_entries" in refused(root, "image-too-large", max_entries=5)
        assert open_image(root, max_entries=6).layers

    def test_the_same_layer_again_and_again(self, tmp_path: Path) -> None:
        root = layout(tmp_path / "i", *[tar(*map(file, "abc"))] * 4)
        assert "raise max_entries" in refused(root, "image-too-large", max_entries=11)
        assert open_image(root, max_entries=12).layers

    def test_folders_that_are_implied_count(self, tmp_path: Path) -> None:
        root = layout(tmp_path / "i", tar(file("a/b/c/d/e")))
        refused(root, "image-too-large", max_entries=4)
        assert open_image(root, max_entries=5).layers

    def test_long_paths_count(self, tmp_path: Path) -> None:
        root = layout(tmp_path / "i", tar(file("/".join(["a" * 200] * 10))))
        assert "raise max_entries" in refused(root, "image-too-large", max_entries=5)

    def test_long_ways_count(self, tmp_path: Path) -> None:
        around = "./" * 100
        root = layout(tmp_path / "i", tar(link("l", around), file("l/l/l/l/l/l/a"), file("b")))
        assert "raise max_entries" in refused(root, "image-too-large", max_entries=9)
        assert open_image(root, max_entries=20).layers

    def test_members_of_archives_count(self, tmp_path: Path) -> None:
        path = written(tmp_path / "a.tar", *map(file, "abc"))
        refused(path, "image-too-large", max_entries=2)

    def test_depth(self, tmp_path: Path) -> None:
        deep = ["d"] * _overlay.DEEPEST
        assert open_image(layout(tmp_path / "i", tar(file("/".join(deep))))).layers
        deeper = tar(link("l", "/".join(deep[1:])), file("l/a/b"))
        assert "levels deep" in refused(layout(tmp_path / "j", deeper), "image-too-large")

    def test_trees_of_the_greatest_depth_can_be_compared(self, tmp_path: Path) -> None:
        root = layout(tmp_path / "i", tar(file("/".join(["d"] * _overlay.DEEPEST))))
        assert open_image(root).tree == open_image(root).tree

    def test_many_opaque_folders_are_quick(self, tmp_path: Path) -> None:
        """One look at each folder: 4,000 entries that each look at all before would be minutes."""
        entries = [one for i in range(4000) for one in (file(f"d/{i}/a"), opaque("d"))]
        assert open_image(layout(tmp_path / "i", tar(file("d/x")), tar(*entries))).layers


class TestLayers:
    def test_nothing_is_made(self, tmp_path: Path) -> None:
        outside = tmp_path / "outside"
        entries = [
            file(str(outside)),
            file(f"../../../../{outside}"),
            link("l", str(tmp_path)),
            file("l/outside"),
            device("zero"),
        ]
        image = open_image(layout(tmp_path / "i", tar(*entries)))
        assert not outside.exists()
        assert sorted(os.listdir(tmp_path)) == ["i"]
        assert image.layers[0].entries[0].path == str(outside)

    def test_strange_types(self, tmp_path: Path) -> None:
        for letter in (b"7", b"S", b"V", b"\xff", b"Z"):
            root = layout(tmp_path / str(letter[0]), tar(Entry("a", letter)))
            assert "unknown type" in refused(root)

    def test_where_something_else_is(self, tmp_path: Path) -> None:
        message = refused(layout(tmp_path / "i", LOWER, tar(file("a/b"))))
        assert message == "layer 2: 'a/b' lies below something that is no directory"
        message = refused(layout(tmp_path / "j", tar(hard("b", "x/no"))))
        assert message == "layer 1: 'b' is a hardlink to 'x/no', where nothing is"

    @pytest.mark.parametrize("compress", ["gzip", "zstd"])
    def test_damaged(self, tmp_path: Path, compress: str) -> None:
        data = packed(tar(Entry("a", content=os.urandom(10_000))), compress)
        damaged = [data[:2000] + b"\xff" * 100 + data[2100:]]
        damaged.append(data[:4] + b"\xff" * 4 + data[8:])
        if compress == "gzip":
            damaged += [data[:-4], data[:20], data + b"garbage", data + b"\x1f\x8b"]
        for number, blob in enumerate(damaged):
            made = Layout(tmp_path / str(number))
            layer = made.blob(blob, LAYER)
            refused(made.index(made.manifest([layer], [digest(b"")])))

    @pytest.mark.parametrize("size", [1, 100, 511, 513, 1000, 1535])
    def test_cut_off(self, tmp_path: Path, size: int) -> None:
        layer = tar(Entry("a", content=b"x" * 1024))[:size]
        assert "ends too early" in refused(layout(tmp_path / "i", layer))
        with pytest.raises(ImageError, match="ends too early"):
            open_image(tmp_path / "i")

    def test_cut_off_between_records_and_their_member(self, tmp_path: Path) -> None:
        layer = tar(Entry("é" * 100))
        assert "ends too early" in refused(layout(tmp_path / "1", layer[:1024]))
        assert "ends too early" in refused(layout(tmp_path / "2", layer[:600]))

    @pytest.mark.parametrize(
        ("at", "text"),
        [
            (100, b"0000x44\0"),
            (108, b"9\0"),
            (124, b"\xff" * 12),
            (124, b"\x80\0\0\0" + b"\xff" * 8),
            (124, b"77777777777 "),
            (136, b"\x80" + b"\xff" * 11),
            (329, b"x"),
        ],
    )
    def test_numbers_that_are_none(self, tmp_path: Path, at: int, text: bytes) -> None:
        block = bytearray(tar(file("a")))
        block[at : at + len(text)] = text
        refused(layout(tmp_path / "i", resummed(block)))

    def test_headers_that_are_none(self, tmp_path: Path) -> None:
        block = bytearray(LOWER)
        block[0:1] = b"b"
        assert "its checksum is wrong" in refused(layout(tmp_path / "1", bytes(block)))
        assert "has a header that is none" in refused(layout(tmp_path / "2", bytes(512) + LOWER))

    @pytest.mark.parametrize(
        "records",
        [
            b"x",
            b"5 a=b\n",
            b"7 a=b\n",
            b"99 a=b\n",
            b"0 a=b\n",
            b"-6 a=b\n",
            b"6 ab=\nx",
            b"5 ab\n",
            b"5 =b\n",
            b"6 a\0=b\n",
            b"12 path=a\0b\n",
            b"10 size=x\n",
            b"11 size=-1\n",
            b"30 size=11111111111111111111\n",
            b"9 uid=1.\n",
            b"27 uid=9999999999999999999\n",
            b"22 GNU.sparse.map=1,x\n",
            b"20 GNU.sparse.map=1\n",
            b"22 GNU.sparse.map=9,9\n",
            b"22 GNU.sparse.map=9,9\n26 GNU.sparse.numblocks=1\n",
            b"22 GNU.sparse.map=0,4\n26 GNU.sparse.numblocks=2\n",
            b"22 GNU.sparse.map=0,x\n26 GNU.sparse.numblocks=1\n",
            b"25 GNU.sparse.numbytes=1\n",
            b"25 GNU.sparse.offset=1,1\n",
            b"43 GNU.sparse.major=1\n21 GNU.sparse.minor=0\n",
        ],
    )
    def test_records_that_are_none(self, tmp_path: Path, records: bytes) -> None:
        refused(layout(tmp_path / "i", tar(Entry("x", b"x", records), file("a", "text"))))

    def test_records_without_end(self, tmp_path: Path) -> None:
        for letter in (b"x", b"L", b"g"):
            layer = tar(Entry("x", letter, bytes(2**20 + 1)), file("a"))
            message = refused(layout(tmp_path / letter.decode(), layer))
            assert message == "layer 1 has a name or record of more than 1,048,576 bytes"

    def test_long_paths(self, tmp_path: Path) -> None:
        for number, entry in enumerate((file("a/" * 2048), link("l", "a/" * 2048))):
            layer = tar(entry, form=tarfile.GNU_FORMAT)
            assert "path of more than 4,095" in refused(layout(tmp_path / str(number), layer))

    def test_long_ways(self, tmp_path: Path) -> None:
        """A path that is short itself and long behind a link."""
        parts = ["a" * 250] * 16
        layer = tar(link("l", "/".join(parts)), file(f"l/{'b' * 250}"))
        assert "has a path of more than 4,095" in refused(layout(tmp_path / "i", layer))

    @pytest.mark.parametrize(
        ("head", "realsize"),
        [
            (b"", "9"),
            (b"1\n", "9"),
            (b"x\n1\n1\n", "9"),
            (b"9" * 30, "9"),
            (b"200000\n", "9"),
            (b"1\n5\n3\n", "7"),
            (b"2\n4\n1\n3\n2\n", "9"),
            (b"1\n0\n2\n", "9"),
            (b"1\n0\n-1\n", "9"),
            (b"1\n0\n3\n", "-1"),
        ],
    )
    def test_sparse_maps_that_are_none(self, tmp_path: Path, head: bytes, realsize: str) -> None:
        pax = {
            "GNU.sparse.major": "1",
            "GNU.sparse.minor": "0",
            "GNU.sparse.realsize": realsize,
        }
        content = head + bytes(512 - len(head)) + b"abc" if head else b""
        layer = tar(Entry("a", content=content, pax=pax))
        assert "a sparse file with a map that is none" in refused(layout(tmp_path / "i", layer))

    def test_sparse_files_without_end(self, tmp_path: Path) -> None:
        pax = {"GNU.sparse.numblocks": "1", "GNU.sparse.map": "0,3", "GNU.sparse.size": str(2**62)}
        root = layout(tmp_path / "i", tar(Entry("a", content=b"abc", pax=pax)))
        assert "raise max_bytes" in refused(root, "image-too-large", max_bytes=10**8)
        assert open_image(root).layers[0].entries[0].size == 2**62
