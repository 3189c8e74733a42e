"""The tasks people come to do by text, one file each. A new file here is a new flow; nothing else need know of it."""

from collections.abc import Mapping
from functools import cache
from importlib import import_module
from pkgutil import iter_modules

from pp_bots.dialogue.flow import Flow


@cache
def flows() -> Mapping[str, Flow]:
    """Every flow by name, in the order of the menu; ValueError when two have a keyword in common."""
    modules = (import_module(f"{__name__}.{found.name}") for found in iter_modules(__path__))
    known = sorted(
        (module.FLOW for module in modules), key=lambda flow: (flow.place is None, flow.place or 0, flow.name)
    )
    owners: dict[str, str] = {}
    for flow in known:
        for word in flow.words:
            if owners.setdefault(word, flow.name) != flow.name:
                raise ValueError(f"the keyword {word!r} is {owners[word]}'s and {flow.name}'s")
    return {flow.name: flow for flow in known}
