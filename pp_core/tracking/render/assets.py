"""What pages load beside themselves: Leaflet, from its package, and our own script that follows somebody live.

Each has an address that changes with its content, so that browsers may keep it for good.
"""

from base64 import b64encode
from dataclasses import dataclass
from functools import cache
from hashlib import sha256, sha384
from importlib.resources import files
from pathlib import Path

from pp_core.tracking.operations import Linking

PREFIX = "/assets/"


@dataclass(frozen=True, slots=True)
class Asset:
    """One file."""

    name: str
    media: str
    text: str

    @property
    def content(self) -> bytes:
        """As it is sent."""
        return self.text.encode()

    @property
    def version(self) -> str:
        """Twelve hex digits of its content."""
        return sha256(self.content).hexdigest()[:12]

    @property
    def path(self) -> str:
        """Its address on our server."""
        return f"{PREFIX}{self.version}/{self.name}"

    @property
    def file_name(self) -> str:
        """What it is called beside a page in a folder."""
        stem, _, ending = self.name.partition(".")
        return f"{stem}-{self.version}.{ending}"

    @property
    def integrity(self) -> str:
        """What a browser compares it with (Subresource Integrity)."""
        return f"sha384-{b64encode(sha384(self.content).digest()).decode()}"

    def link(self, how: Linking) -> str:
        """The HTML that loads it."""
        script = self.media == "text/javascript"
        match how:
            case Linking.INLINE:
                return f"<script>{self.text}</script>" if script else f"<style>{self.text}</style>"
            case Linking.BESIDE:  # files have no origin, which a check of integrity would need
                return tag(script, self.file_name)
            case Linking.SERVED:
                return tag(script, self.path, f' integrity="{self.integrity}" crossorigin="anonymous"')

    def source(self, how: Linking) -> str:
        """What a Content-Security-Policy has to allow for it."""
        return hashed(self.text) if how is Linking.INLINE else "'self'" if how is Linking.SERVED else "file:"


def tag(script: bool, address: str, more: str = "") -> str:
    """The HTML that loads a script or a style sheet from an address."""
    if script:
        return f'<script src="{address}"{more}></script>'
    return f'<link rel="stylesheet" href="{address}"{more}>'


def hashed(text: str) -> str:
    """An inline script or style as a source of a Content-Security-Policy."""
    return f"'sha256-{b64encode(sha256(text.encode()).digest()).decode()}'"


def own(name: str) -> str:
    """A file of `static`."""
    return (files("pp_core.tracking.render") / "static" / name).read_text("utf-8")


@cache
def leaflet() -> tuple[Asset, Asset]:
    """The style sheet and the script of Leaflet; its pictures are only for controls that our maps do not have."""
    from xstatic.pkg import leaflet

    folder = Path(leaflet.BASE_DIR)
    script = (folder / "leaflet.js").read_text("utf-8")
    script = script.partition("//# sourceMappingURL=")[0].rstrip() + "\n"  # which we do not serve
    return (
        Asset("leaflet.css", "text/css", (folder / "leaflet.css").read_text("utf-8")),
        Asset("leaflet.js", "text/javascript", script),
    )


@cache
def live() -> Asset:
    """The script of the page that follows somebody."""
    return Asset("live.js", "text/javascript", own("live.js"))


@cache
def served() -> dict[str, Asset]:
    """Every asset by its address."""
    return {asset.path: asset for asset in (*leaflet(), live())}
