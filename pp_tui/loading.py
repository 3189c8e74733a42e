"""What is loaded beside the first picture, and what once the core is reached."""

import gc
from collections.abc import Iterable
from importlib import import_module

HEAD_START = 0.15
"""Seconds that the first keys get before anything is loaded, which would slow down their echo."""
FIRST = ("pp_core.client.signing_in", "pp_core.client.connect", "pp_tui.screens.desk", "pp_core.memberships.operations")
"""Loaded beside the first picture: contracts take a fifth of a second."""
LATER = ("babel.dates", "pp_tui.screens.lock", "pp_tui.screens.card", "pp_tui.screens.out", "textual_plotext")
"""Loaded once the core is reached, before anybody asks for them."""


def settle() -> None:
    """Look for garbage from now on, but never again among what was loaded."""
    gc.freeze()
    gc.enable()


def load(modules: Iterable[str]) -> None:
    """Import these; in a thread, so that keys are answered meanwhile."""
    for module in modules:
        import_module(module)
