"""Assertions that fail, each for another reason; messages.txt has what they say."""

import pytest

IMAGE = "mistaken/image.bst"

pytestmark = pytest.mark.bstgraph(targets=["image.bst", IMAGE])


def test_ships_what_is_filtered_out(bstgraph_assert):
    bstgraph_assert.assert_ships("image.bst", "/usr/include/base.h")


def test_ships_what_nothing_has(bstgraph_assert):
    bstgraph_assert.assert_ships("image.bst", "/usr/bin/vim")


def test_ships_what_a_command_mentions(bstgraph_assert):
    bstgraph_assert.assert_ships(IMAGE, "/usr/bin/app")


def test_not_ships_what_is_there(bstgraph_assert):
    bstgraph_assert.assert_not_ships("image.bst", "/usr/bin/app")


def test_not_ships_what_is_not_known(bstgraph_assert):
    bstgraph_assert.assert_not_ships(IMAGE, "/usr/bin/vim")


def test_chain(bstgraph_assert):
    bstgraph_assert.assert_chain("image.bst", "deps.bst", "layers.bst")


def test_no_such_image(bstgraph_assert):
    bstgraph_assert.assert_chain("imgae.bst")


def test_step_order(bstgraph_assert):
    bstgraph_assert.assert_step_order(IMAGE)


def test_stale_layers(bstgraph_assert):
    bstgraph_assert.assert_no_stale_layers(IMAGE)


def test_findings(bstgraph_assert):
    bstgraph_assert.assert_no_findings(select=["stack-layer"])


def test_key(bstgraph_assert):
    bstgraph_assert.assert_key_unchanged("base.bst")
