"""Container images: what is read of layouts and archives, and how layers make one tree."""

from __future__ import annotations

import hashlib
import json
import os
import tarfile
from pathlib import Path

import pytest

from bstgraph.errors import ImageError
from bstgraph.files import Directory, File, Link, Node, Untyped, tree_of, walk
from bstgraph.lookup import DEFAULT_PATH
from bstgraph.stores import Image, LayerEntry, open_image
from bstgraph.stores.oci._streams import begun
from tests.unit.layer_cases import CASES
from tests.unit.oci_layouts import (
    INDEX,
    LAYER,
    Entry,
    Layout,
    archived,
    device,
    digest,
    fifo,
    file,
    folder,
    hard,
    layout,
    link,
    named,
    opaque,
    packed,
    program,
    resummed,
    saved,
    tar,
    written,
)

LOWER = tar(
    folder("usr/"), program("usr/bin/sh", "one"), link("bin", "usr/bin"), file("etc/a", "a")
)
UPPER = tar(file("bin/ls", "two"), file("etc/.wh.a"), hard("etc/sh", "bin/sh"))
TREE = tree_of(
    [
        ("usr/bin/sh", File("", 3, executable=True)),
        ("usr/bin/ls", File("", 3)),
        ("bin", Link("usr/bin")),
        ("etc/sh", File("", 3, executable=True)),
    ]
)


def sha256(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()


class TestForms:
    @pytest.mark.parametrize("compress", ["", "gzip", "zstd"])
    def test_layout(self, tmp_path: Path, compress: str) -> None:
        image = open_image(layout(tmp_path / "i", LOWER, UPPER, compress=compress))
        assert image.tree == TREE
        assert [layer.compression for layer in image.layers] == [compress, compress]
        assert [layer.inflated_size for layer in image.layers] == [len(LOWER), len(UPPER)]
        assert [layer.diff_id for layer in image.layers] == [digest(LOWER), digest(UPPER)]
        lower = packed(LOWER, compress)
        assert (image.layers[0].size, image.layers[0].digest) == (len(lower), digest(lower))

    @pytest.mark.parametrize("compress", ["", "gzip"])
    @pytest.mark.parametrize("inner", ["", "gzip", "zstd"])
    def test_archive_of_a_layout(self, tmp_path: Path, compress: str, inner: str) -> None:
        root = layout(tmp_path / "i", LOWER, UPPER, compress=inner)
        assert open_image(archived(root, compress=compress)).tree == TREE

    @pytest.mark.parametrize("compress", ["", "gzip"])
    def test_archive_of_docker_save(self, tmp_path: Path, compress: str) -> None:
        entries = saved(LOWER, UPPER, tags=("a:1", "a:2"))
        image = open_image(written(tmp_path / "a.tar", *entries, compress=compress))
        assert image.tree == TREE
        assert (image.digest, image.media_type) == ("", "")
        assert image.references == ("a:1", "a:2")
        assert [layer.digest for layer in image.layers] == [digest(LOWER), digest(UPPER)]

    def test_large_layers_of_a_compressed_archive_are_read_in_its_order(
        self, tmp_path: Path
    ) -> None:
        """Blobs lie in the order of their digests, and too large to be kept from the first look."""
        layers = [tar(Entry("a", content=bytes([i]) * 100_000)) for i in range(5)]
        image = open_image(archived(layout(tmp_path / "i", *layers), compress="gzip"), hashes=True)
        assert image.tree.entries["a"] == File(hashlib.sha256(b"\4" * 100_000).hexdigest(), 100_000)

    def test_layers_of_docker_save_may_be_links_and_compressed(self, tmp_path: Path) -> None:
        entries = saved(LOWER, UPPER, LOWER)
        entries[0] = Entry("./0/layer.tar", content=packed(LOWER, "gzip"))
        entries[2] = link("2/layer.tar", "../0/layer.tar")
        entries[1:2] = [Entry("x", content=UPPER), hard("1/layer.tar", "x")]
        image = open_image(written(tmp_path / "a.tar", *entries))
        assert [layer.compression for layer in image.layers] == ["gzip", "", "gzip"]
        assert image.layers[0].entries == image.layers[2].entries

    def test_unpacked_docker_save(self, tmp_path: Path) -> None:
        for entry in saved(LOWER, UPPER):
            (tmp_path / entry.path).parent.mkdir(exist_ok=True)
            (tmp_path / entry.path).write_bytes(entry.content)
        assert open_image(str(tmp_path)).tree == TREE

    def test_a_link_to_a_layout(self, tmp_path: Path) -> None:
        layout(tmp_path / "i", LOWER)
        (tmp_path / "link").symlink_to("i")
        assert open_image(tmp_path / "link").layers

    def test_links_inside_a_layout(self, tmp_path: Path) -> None:
        root = layout(tmp_path / "i", LOWER)
        (root / "blobs").rename(root / "real")
        (root / "blobs").symlink_to("real")
        assert open_image(root).layers

    @pytest.mark.parametrize("algorithm", ["sha512", "sha384"])
    def test_other_digests(self, tmp_path: Path, algorithm: str) -> None:
        made = Layout(tmp_path / "i")
        blob = made.blob(LOWER, LAYER, algorithm)
        image = open_image(made.index(made.manifest([blob], [digest(LOWER, algorithm)])))
        assert image.layers[0].digest == digest(LOWER, algorithm)

    def test_several_gzip_members_and_zstd_frames(self, tmp_path: Path) -> None:
        layer = tar(Entry("a", content=os.urandom(400_000)), Entry("b", content=bytes(2_000_000)))
        half = len(layer) // 2
        for compress in ("gzip", "zstd"):
            blob = packed(layer[:half], compress) + packed(layer[half:], compress)
            made = Layout(tmp_path / compress)
            stored = made.blob(blob, LAYER)
            image = open_image(made.index(made.manifest([stored], [digest(layer)])), hashes=True)
            assert image.tree.entries["b"] == File(
                hashlib.sha256(bytes(2_000_000)).hexdigest(), 2_000_000
            )

    def test_no_layers_and_empty_ones(self, tmp_path: Path) -> None:
        assert open_image(layout(tmp_path / "none")).tree == Directory({})
        empty = open_image(layout(tmp_path / "empty", b"", bytes(512), tar()))
        assert [layer.entries for layer in empty.layers] == [(), (), ()]


class TestTree:
    """The expectations are those of umoci, see the module of the cases."""

    @pytest.mark.parametrize("name", CASES)
    def test_cases(self, tmp_path: Path, name: str) -> None:
        case = CASES[name]
        root = layout(tmp_path / "i", *[tar(*entries) for entries in case.layers])
        if case.expected is None:
            with pytest.raises(ImageError) as caught:
                open_image(root)
            assert caught.value.slug == "bad-image"
            return
        texts = {sha256(text): text for text in ("", "1", "2", "3")}
        tree = open_image(root, hashes=True).tree
        assert sorted(told(path, node, texts) for path, node in walk(tree)) == sorted(case.expected)


def told(path: str, node: Node, texts: dict[str, str]) -> str:
    match node:
        case File():
            return f"{path}={texts[node.hash]}"
        case Link():
            return f"{path} -> {node.target}"
        case Directory():
            return f"{path}/"
        case Untyped():
            return f"{path} special"


class TestChoice:
    @pytest.fixture
    def several(self, tmp_path: Path) -> Path:
        """Two names, two platforms in a nested index, and what describes them."""
        made = Layout(tmp_path / "i")
        one = made.image(tar(file("one")))
        amd = made.image(tar(file("amd")))
        arm = made.image(tar(file("arm")), architecture="arm", variant="v7")
        about = named(made.image(tar(file("about"))), platform="unknown/unknown")
        about["annotations"] = {"vnd.docker.reference.type": "attestation-manifest"}
        inner = [named(amd, platform="linux/amd64"), named(arm, platform="linux/arm/v7"), about]
        index = made.document({"schemaVersion": 2, "manifests": inner}, INDEX)
        self.inner, self.arm = index["digest"], arm["digest"]
        return made.index(named(one, "one"), named(index, "two"), named(one, "again"))

    def names(self, image: Image) -> list[str]:
        return list(image.tree.entries)

    def test_by_name(self, several: Path) -> None:
        image = open_image(several, reference="one")
        assert self.names(image) == ["one"]
        assert image.name == f"{several}:one"
        assert image.references == ("one",)

    def test_by_platform(self, several: Path) -> None:
        for wanted in ("linux/arm", "linux/arm/v7"):
            image = open_image(several, platform=wanted)
            assert self.names(image) == ["arm"]
            assert image.references == ("two",)
            assert image.config.platform == "linux/arm/v7"

    def test_by_platform_that_only_the_configuration_tells(self, several: Path) -> None:
        image = open_image(several, reference="again", platform="linux/amd64")
        assert self.names(image) == ["one"]

    def test_by_digest(self, several: Path) -> None:
        assert self.names(open_image(several, reference=self.arm)) == ["arm"]
        inner = open_image(several, reference=self.inner, platform="linux/amd64")
        assert self.names(inner) == ["amd"]

    def test_several_fit(self, several: Path) -> None:
        with pytest.raises(ImageError, match="has several images") as caught:
            open_image(several)
        assert caught.value.slug == "unknown-image"
        fix = caught.value.fix or ""
        assert "name one of them: one sha256:" in fix
        assert "two linux/arm/v7" in fix
        assert "unknown" not in fix

    def test_none_fits(self, several: Path) -> None:
        with pytest.raises(ImageError, match="no image 'one' for 'linux/s390x'") as caught:
            open_image(several, reference="one", platform="linux/s390x")
        assert "two linux/amd64" in (caught.value.fix or "")

    def test_no_images(self, tmp_path: Path) -> None:
        with pytest.raises(ImageError, match="has no image, it has: none"):
            open_image(Layout(tmp_path / "i").index())

    def test_many_are_not_all_told(self, tmp_path: Path) -> None:
        made = Layout(tmp_path / "i")
        images = [named(made.image(architecture=str(i)), platform=f"linux/{i}") for i in range(30)]
        with pytest.raises(ImageError, match="; and 10 more"):
            open_image(made.index(*images))

    def test_the_only_one_that_lies_here(self, tmp_path: Path) -> None:
        """Docker saves one platform with the index of all."""
        made = Layout(tmp_path / "i")
        here, absent = made.image(LOWER), made.image(UPPER)
        made.path(absent["digest"]).unlink()
        nested = {"mediaType": INDEX, "digest": digest(b"absent"), "size": 6}
        assert open_image(made.index(nested, here, absent, here)).layers[0].diff_id == digest(LOWER)

    def test_other_kinds_of_entries_are_left_out(self, tmp_path: Path) -> None:
        made = Layout(tmp_path / "i")
        other = made.blob(b"x", "text/plain")
        assert open_image(made.index(other, made.image(LOWER))).layers

    def test_the_same_index_twice(self, tmp_path: Path) -> None:
        made = Layout(tmp_path / "i")
        inner = made.document({"manifests": [made.image(LOWER)]}, INDEX)
        assert open_image(made.index(inner, inner)).layers

    def test_docker_save_by_tag(self, tmp_path: Path) -> None:
        first, second = saved(LOWER, tags=("a:1",)), saved(UPPER, LOWER, tags=("b:1",))
        entries = {entry.path: entry for entry in (*first[:-1], *second[:-1])}
        renamed = [entry._replace(path=f"x{entry.path}") for entry in first[:1]]
        one, two = (json.loads(each[-1].content)[0] for each in (first, second))
        one["Layers"] = ["x0/layer.tar"]
        both = Entry("manifest.json", content=json.dumps([one, two]).encode())
        path = written(tmp_path / "a.tar", *entries.values(), *renamed, both)
        assert open_image(path, reference="a:1").layers[0].diff_id == digest(LOWER)
        with pytest.raises(ImageError, match="several images") as caught:
            open_image(path, platform="linux/amd64")
        assert caught.value.fix == "name one of them: a:1; b:1"


class TestValues:
    def test_entries_are_as_the_archive_has_them(self, tmp_path: Path) -> None:
        layer = tar(
            folder("./usr/"),
            file("./a\nb", "text", mode=0o4750),
            link("l", "../\udcff"),
            hard("h", "/a\nb"),
            device("null"),
            fifo("pipe"),
            file("usr/.wh.x"),
            opaque("usr"),
        )
        (read,) = open_image(layout(tmp_path / "i", layer), hashes=True).layers
        assert read.entries == (
            LayerEntry("./usr/", "dir", mode=0o755),
            LayerEntry("./a\nb", "file", 4, 0o4750, sha256=sha256("text")),
            LayerEntry("l", "link", mode=0o777, target="../\udcff"),
            LayerEntry("h", "hardlink", mode=0o644, target="/a\nb"),
            LayerEntry("null", "device", mode=0o644),
            LayerEntry("pipe", "fifo", mode=0o644),
            LayerEntry("usr/.wh.x", "whiteout", mode=0o644),
            LayerEntry("usr/.wh..wh..opq", "opaque", mode=0o644),
        )
        assert read.whiteouts == 2

    def test_hashes_only_on_demand(self, tmp_path: Path) -> None:
        root = layout(tmp_path / "i", LOWER)
        plain, hashed = open_image(root), open_image(root, hashes=True)
        assert (plain.hashed, hashed.hashed) == (False, True)
        assert plain.tree.entries["etc"] == Directory({"a": File("", 1)})
        assert hashed.tree.entries["etc"] == Directory({"a": File(sha256("a"), 1)})

    def test_devices_and_fifos_are_in_the_tree_without_a_type(self, tmp_path: Path) -> None:
        layer = tar(
            device("dev/null"), fifo("run/a/pipe"), hard("dev/other", "dev/null"), file("f")
        )
        image = open_image(layout(tmp_path / "i", layer))
        assert image.tree.entries["dev"] == Directory({"null": Untyped(), "other": Untyped()})
        assert list(image.specials()) == [
            ("dev/null", "device"),
            ("dev/other", "device"),
            ("run/a/pipe", "fifo"),
        ]

    def test_the_layer_of_a_path(self, tmp_path: Path) -> None:
        again = tar(folder("usr"), file("usr/bin/sh", "new"))
        image = open_image(layout(tmp_path / "i", LOWER, UPPER, again))
        assert dict(image.origins()) == {
            "bin": 0,
            "etc": 0,
            "etc/sh": 1,
            "usr": 0,
            "usr/bin": 0,
            "usr/bin/ls": 1,
            "usr/bin/sh": 2,
        }
        assert image.layer_of("") == 0
        with pytest.raises(KeyError):
            image.layer_of("etc/a")

    def test_configuration(self, tmp_path: Path) -> None:
        steps = [{"created_by": "COPY a"}, {"created_by": "ENV", "empty_layer": True}, {}]
        run = {
            "Env": ["PATH=/no", "A=b", "PATH=/bin"],
            "Entrypoint": ["/bin/sh"],
            "Cmd": None,
            "User": "me",
            "WorkingDir": "/usr",
            "Labels": {"a": "b"},
        }
        image = open_image(layout(tmp_path / "i", LOWER, UPPER, config=run, history=steps))
        config = image.config
        assert (config.platform, config.user, config.working_dir) == ("linux/amd64", "me", "/usr")
        assert (config.entrypoint, config.cmd, config.labels) == (("/bin/sh",), (), {"a": "b"})
        assert config.search_path == "/bin"
        assert [layer.created_by for layer in image.layers] == ["COPY a", ""]
        assert image.which("ls").candidates[0].reason == "not-executable"
        assert image.which("sh").resolved == "/usr/bin/sh"
        assert image.which("bin/sh").found == "/usr/bin/sh"

    def test_history_that_does_not_match_is_not_used(self, tmp_path: Path) -> None:
        image = open_image(layout(tmp_path / "i", LOWER, history=[{"created_by": "x"}] * 2))
        assert image.layers[0].created_by == ""
        assert image.config.search_path == DEFAULT_PATH


def test_how_it_is_compressed_is_seen_in_small_pieces() -> None:
    compression, pieces = begun(iter((b"\x28", b"\xb5\x2f", b"\xfd", b"x")))
    assert (compression, b"".join(pieces)) == ("zstd", b"\x28\xb5\x2f\xfdx")
    compression, pieces = begun(iter((b"\x28",)))
    assert (compression, b"".join(pieces)) == ("", b"\x28")


class TestArchives:
    """How members of tar archives are read: as Go's archive/tar does."""

    @pytest.mark.parametrize("form", [tarfile.USTAR_FORMAT, tarfile.GNU_FORMAT, tarfile.PAX_FORMAT])
    def test_long_names(self, tmp_path: Path, form: int) -> None:
        name = f"{'a' * 80}/{'b' * 60}/{'c' * 60}"
        target = name[:99] if form == tarfile.USTAR_FORMAT else f"{name}/{name}"
        image = open_image(layout(tmp_path / "i", tar(file(name), link("l", target), form=form)))
        assert [(entry.path, entry.target) for entry in image.layers[0].entries] == [
            (name, ""),
            ("l", target),
        ]

    def test_pax_records_replace_what_the_header_has(self, tmp_path: Path) -> None:
        pax = {"path": "é/ö", "uid": "3000000", "gid": "-1", "comment": "= \n", "linkpath": ""}
        image = open_image(layout(tmp_path / "i", tar(Entry("x", pax=pax))))
        assert image.layers[0].entries == (
            LayerEntry("é/ö", "file", mode=0o644, uid=3_000_000, gid=-1),
        )

    def test_global_records_are_for_nothing(self, tmp_path: Path) -> None:
        layer = tar(Entry("pax_global_header", b"g", b"17 comment=abcd\n\n"[:16]), file("a"))
        image = open_image(layout(tmp_path / "i", layer))
        assert [entry.path for entry in image.layers[0].entries] == ["a"]

    def test_large_numbers_of_gnu_tar(self, tmp_path: Path) -> None:
        block = bytearray(tar(file("a"), form=tarfile.GNU_FORMAT))
        block[108:116] = b"\x80\0\0\0\x80\0\0\0"
        block[116:124] = b"\xff" * 8
        image = open_image(layout(tmp_path / "i", resummed(block)))
        assert image.layers[0].entries[0][4:6] == (2**31, -1)

    def test_signed_checksums(self, tmp_path: Path) -> None:
        block = bytearray(tar(Entry("a"), form=tarfile.GNU_FORMAT))
        block[0:2] = "é".encode()
        resummed(block)
        total = int(block[148:154], 8) - 2 * 256
        block[148:156] = b"%06o\0 " % total
        image = open_image(layout(tmp_path / "i", bytes(block)))
        assert image.layers[0].entries[0].path == "é"

    def test_the_oldest_archives(self, tmp_path: Path) -> None:
        block = bytearray(tar(file("a/"), file("b")))
        for start in (0, 512):
            block[start + 156] = 0
            block[start + 257 : start + 265] = bytes(8)
            block[start + 345 : start + 347] = b"xx"
            resummed(block, start)
        image = open_image(layout(tmp_path / "i", bytes(block)))
        assert [entry[:2] for entry in image.layers[0].entries] == [("a/", "dir"), ("b", "file")]

    def test_a_prefix_where_gnu_tar_has_times(self, tmp_path: Path) -> None:
        """Go had that mistake, and so have old images of Docker."""
        block = bytearray(tar(file("b"), form=tarfile.GNU_FORMAT))
        block[345:360] = b"above/and/above"
        image = open_image(layout(tmp_path / "1", resummed(block)))
        assert image.layers[0].entries[0].path == "above/and/above/b"
        block[345:360] = b"00000000001\0\0\0\0"
        image = open_image(layout(tmp_path / "2", resummed(block)))
        assert image.layers[0].entries[0].path == "b"
        block[345:360] = b"not\xff ascii\0\0\0\0\0"
        image = open_image(layout(tmp_path / "3", resummed(block)))
        assert image.layers[0].entries[0].path == "b"

    def test_prefix_of_star(self, tmp_path: Path) -> None:
        block = bytearray(tar(file("b"), form=tarfile.USTAR_FORMAT))
        block[345:350] = b"above"
        block[476:488] = b"00000000001\0"
        block[508:512] = b"tar\0"
        image = open_image(layout(tmp_path / "i", resummed(block)))
        assert image.layers[0].entries[0].path == "above/b"

    def test_links_have_no_content_whatever_their_size(self, tmp_path: Path) -> None:
        block = bytearray(tar(file("b"), hard("c", "b")))
        block[512 + 124 : 512 + 135] = b"00000001000"
        image = open_image(layout(tmp_path / "i", resummed(block, 512)))
        assert [entry.size for entry in image.layers[0].entries] == [0, 0]

    @pytest.mark.parametrize("cut", [0, 512, 1024])
    def test_the_end_may_be_missing(self, tmp_path: Path, cut: int) -> None:
        whole = tar(file("a", "text"))
        image = open_image(layout(tmp_path / "i", whole[: 1024 + cut], whole[: 512 + 4]))
        assert [len(layer.entries) for layer in image.layers] == [1, 1]

    SPARSE = (
        (
            {
                "GNU.sparse.major": "0",
                "GNU.sparse.minor": "1",
                "GNU.sparse.numblocks": "2",
                "GNU.sparse.map": "1,2,5,1",
            },
            b"",
        ),
        ({"GNU.sparse.numblocks": "2", "GNU.sparse.map": "1,2,5,1"}, b""),
        (
            {"GNU.sparse.major": "1", "GNU.sparse.minor": "0"},
            b"2\n1\n2\n5\n1\n".ljust(512, b"\0"),
        ),
    )

    @pytest.mark.parametrize(("records", "head"), SPARSE)
    def test_sparse_files(self, tmp_path: Path, records: dict[str, str], head: bytes) -> None:
        pax = {**records, "GNU.sparse.name": "real", "GNU.sparse.realsize": "300000"}
        layer = tar(Entry("GNUSparseFile.0/x", content=head + b"abc", pax=pax), file("b"))
        content = b"\0ab\0\0c".ljust(300_000, b"\0")
        root = layout(tmp_path / "i", layer)
        for hashes in (False, True):
            image = open_image(root, hashes=hashes)
            known = hashlib.sha256(content).hexdigest() if hashes else ""
            assert image.layers[0].entries[0][:3] == ("real", "file", 300_000)
            assert image.layers[0].entries[0].sha256 == known
            assert image.layers[0].entries[1].path == "b"

    def test_the_oldest_sparse_map(self, tmp_path: Path) -> None:
        records = b""
        for key, value in (
            ("size", 6),
            ("numblocks", 2),
            ("offset", 1),
            ("numbytes", 2),
            ("offset", 5),
            ("numbytes", 1),
        ):
            text = f" GNU.sparse.{key}={value}\n".encode()
            records += str(len(text) + 2).encode() + text
        layer = tar(Entry("x", b"x", records), Entry("a", content=b"abc"))
        image = open_image(layout(tmp_path / "i", layer), hashes=True)
        assert image.tree.entries["a"] == File(hashlib.sha256(b"\0ab\0\0c").hexdigest(), 6)

    def test_sparse_forms_that_go_does_not_know_are_plain_files(self, tmp_path: Path) -> None:
        pax = {"GNU.sparse.major": "2", "GNU.sparse.minor": "0", "GNU.sparse.realsize": "9"}
        image = open_image(layout(tmp_path / "i", tar(Entry("a", content=b"abc", pax=pax))))
        assert image.tree.entries["a"] == File("", 3)
