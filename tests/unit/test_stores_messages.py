"""The descriptors of messages: those of the .proto files, and apart from anybody else's."""

from __future__ import annotations

from pathlib import Path

import pytest
from google.protobuf import descriptor_pb2, descriptor_pool

from bstgraph.stores._messages import MalformedError, artifact_message, directory_message
from tests.protos import PROTOS, compiled
from tests.unit.caches import message


def described(data: bytes) -> descriptor_pb2.FileDescriptorSet:
    return descriptor_pb2.FileDescriptorSet.FromString(data)


@pytest.mark.parametrize("proto", sorted(PROTOS.glob("*.proto")), ids=lambda path: path.name)
def test_what_is_loaded_is_what_the_proto_says(proto: Path) -> None:
    ours = described(proto.with_suffix(".desc").read_bytes())
    made = described(compiled(proto))
    # protoc leaves out its own defaults or not, depending on its release.
    for file in (*ours.file, *made.file):
        for kind in file.message_type:
            for field in (*kind.field, *(one for below in kind.nested_type for one in below.field)):
                field.ClearField("json_name")
    assert ours == made, "run python -m tests.protos"


def test_there_are_descriptors() -> None:
    assert sorted(path.name for path in PROTOS.iterdir()) == ["cache.desc", "cache.proto"]


def test_the_pool_of_the_process_is_left_alone() -> None:
    message("Directory")
    with pytest.raises(KeyError):
        descriptor_pool.Default().FindMessageTypeByName("bstgraph.stores.cache.Directory")


def test_fields_that_are_not_declared_are_passed_over() -> None:
    declared = message("Artifact", version=2, strong_key="a").SerializeToString()
    # Field 7 (was_workspaced) and one that no release has.
    found = artifact_message(declared + b"\x38\x01" + b"\xf2\x3f\x02hi")
    assert (found.version, found.strong_key, found.HasField("files")) == (2, "a", False)


@pytest.mark.parametrize("data", [b"\x0a", b"\x0a\x05abc", b"\xff" * 12, b"\x0b"])
def test_what_is_no_message(data: bytes) -> None:
    with pytest.raises(MalformedError):
        directory_message(data)
