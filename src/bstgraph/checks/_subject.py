"""What checks look at, gathered from a state in one way for everybody who runs them."""

from __future__ import annotations

from bstgraph.checks._api import Subject
from bstgraph.checks._run import contract_of
from bstgraph.forecast import Forecast
from bstgraph.images import image_chain, image_targets
from bstgraph.layers import Layers
from bstgraph.load import unreached
from bstgraph.settings import CheckSettings
from bstgraph.state import State


def subject_of(
    state: State,
    *,
    settings: CheckSettings | None = None,
    layers: Layers | None = None,
    forecast: Forecast | None = None,
) -> Subject:
    """Return a state with its images and its unreached elements, as checks look at it.

    Args:
        state: the project with its keys.
        settings: what `[checks]` says of single checks; by default nothing.
        layers: what elements hold, where somebody looked.
        forecast: what a non-strict build would ship although it is old, where that is known.

    Raises:
        SettingsError: the contract of the settings is none (`bad-settings`).
    """
    settings = settings or CheckSettings()
    contract, assembled = contract_of(settings)
    return Subject(
        state=state,
        chains=tuple(image_chain(state.graph, name) for name in image_targets(state.graph)),
        layers=layers,
        forecast=forecast,
        unreached=unreached(state.project),
        contract=contract,
        assembled=assembled,
        non_strict=settings.non_strict,
    )
