"""Where the pictures under a map come from: OpenStreetMap, a server of one's own, or nowhere."""

import re
from dataclasses import dataclass
from html import escape
from urllib.parse import urlsplit

NONE, OSM = "none", "osm"
_LINK = re.compile(r"https?://[^\s<>\"']+[^\s<>\"'.,;)]")


@dataclass(frozen=True, slots=True)
class Provider:
    """A source of tiles. `template` holds {z}, {x} and {y}, and may hold {s} and {r}; none means a map without them.

    `attribution` is HTML that names whose work it is. `max_zoom` is the closest that the source has.
    """

    template: str | None
    attribution: str = ""
    max_zoom: int = 19

    @property
    def origin(self) -> str | None:
        """What a Content-Security-Policy has to allow pictures from: `https://tile.example.org`."""
        if self.template is None:
            return None
        address = urlsplit(self.template.replace("{s}", "*").replace("{r}", ""))
        return f"{address.scheme}://{address.netloc}"


_OSM = Provider(
    "https://tile.openstreetmap.org/{z}/{x}/{y}.png",
    '&copy; <a href="https://www.openstreetmap.org/copyright">OpenStreetMap</a>',
)
"""Its policy wants the attribution, and a Referer: https://operations.osmfoundation.org/policies/tiles/"""


def provider(tiles: str, attribution: str = "", max_zoom: int = 19) -> Provider:
    """The provider of a setting: `osm`, `none` or a template. Addresses in an attribution become links."""
    match tiles:
        case "none":
            return Provider(None)
        case "osm":
            return _OSM
    return Provider(tiles, linked(attribution), max_zoom)


def linked(text: str) -> str:
    """A plain text as HTML, with its addresses as links."""
    parts, at = [], 0
    for found in _LINK.finditer(text):
        address = escape(found[0])
        parts += [escape(text[at : found.start()]), f'<a href="{address}">{escape(urlsplit(found[0]).netloc)}</a>']
        at = found.end()
    return "".join([*parts, escape(text[at:])])
