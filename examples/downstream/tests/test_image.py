"""What our image promises. The fixtures come with bstgraph; nothing is built or run."""

import pytest


def test_the_program_is_shipped(bstgraph_assert):
    bstgraph_assert.assert_ships("image.bst", "/usr/bin/app")


def test_headers_are_not(bstgraph_assert):
    bstgraph_assert.assert_not_ships("image.bst", "*.h")


def test_what_the_image_is_made_of(bstgraph_assert):
    chain = bstgraph_assert.assert_chain("image.bst", "layer.bst", "deps.bst", "app.bst")
    assert chain.target == "image.bst"


def test_the_steps_are_in_their_order(bstgraph_assert):
    bstgraph_assert.assert_step_order("image.bst")


def test_nothing_is_found(bstgraph_assert):
    bstgraph_assert.assert_no_findings(fail_on="warning")


def test_a_build_would_ship_no_old_bytes(bstgraph_assert):
    bstgraph_assert.assert_no_stale_layers()


def test_the_base_is_not_built_again(bstgraph_assert):
    bstgraph_assert.assert_key_unchanged("base.bst")


def test_tools_stay_out_of_the_image(bstgraph_graph):
    assert "tools.bst" not in bstgraph_graph.dependencies_of("layer.bst")


@pytest.mark.bstgraph(options={"channel": "testing"})
def test_an_option(bstgraph_project, bstgraph_keys):
    assert bstgraph_project.elements["app.bst"].variables["released"] == "testing"
    assert bstgraph_keys["app.bst"].strict.exact
