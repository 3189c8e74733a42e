"""What all pages with a map share: the frame around it, the map's script, and the policy that allows exactly that and no more.

What people wrote stands in the HTML alone, escaped by the template, and never in a script.
"""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any

import folium
from branca.element import Element, MacroElement
from folium.template import Template
from jinja2 import Environment, PackageLoader, StrictUndefined

from pp_core.kernel.locale import LANGUAGES, text
from pp_core.tracking.operations import Linking
from pp_core.tracking.render import assets
from pp_core.tracking.render.assets import Asset
from pp_core.tracking.render.tiles import Provider

_DEFAULTS = {
    "stroke": True, "color": "#3388ff", "weight": 3, "opacity": 1.0, "lineCap": "round", "lineJoin": "round", "dashArray": None,
    "dashOffset": None, "fillColor": "#3388ff", "fillRule": "evenodd", "bubblingMouseEvents": True, "smoothFactor": 1.0,
    "noClip": False,
}  # fmt: skip
"""https://leafletjs.com/reference.html#path; a fill of no colour has that of the line."""
_KENYA = ((-4.7, 33.9), (5.0, 41.9))
_BRAND = re.compile(r"#[0-9a-fA-F]{6}")


@dataclass(frozen=True, slots=True)
class Page:
    """A page, the Content-Security-Policy that it works under, and the files that have to lie beside it."""

    html: str
    policy: str
    files: tuple[Asset, ...] = ()


_WHILE_ONLINE = Template(
    """{% macro script(this, kwargs) %}
    (function (map, tiles) {
        function show() {
            if (!navigator.onLine || map.hasLayer(tiles)) return;
            var first = new Image();
            first.referrerPolicy = tiles.options.referrerPolicy;
            first.onload = function () { tiles.addTo(map); };
            first.src = L.Util.template(tiles._url, {z: 0, x: 0, y: 0, s: tiles.options.subdomains[0], r: ""});
        }
        addEventListener("online", show);
        show();
    })({{ this._parent.get_name() }}, {{ this.given.tiles.get_name() }});
    {% endmacro %}"""
)
"""Shows the tiles once one of them, of the whole world, could be had: without a network nothing else is asked for in vain."""
_PREFIX = Template(
    """{% macro script(this, kwargs) %}
    {{ this._parent.get_name() }}.attributionControl.setPrefix('<a href="https://leafletjs.com">Leaflet</a>');
    {% endmacro %}"""
)


class _Bare(folium.Map):
    """A map that needs Leaflet and nothing else."""

    default_js: list[tuple[str, str]] = []  # noqa: RUF012 - folium's own class attributes
    default_css: list[tuple[str, str]] = []  # noqa: RUF012


def framed(
    template: str,
    language: str,
    drawn: tuple[str, str],
    linking: Linking,
    tiles: Provider,
    *,
    brand: str | None = None,
    following: Asset | None = None,
    **values: Any,
) -> Page:
    """A template of ours around a map (its HTML and its script), and the policy that allows exactly that.

    `following` is a script, and what it asks for goes to our own server.
    """
    style_sheet, library = assets.leaflet()
    style = _style()
    if brand is not None and _BRAND.fullmatch(brand):
        style += f":root {{ --brand: {brand}; }}\n"
    html, script = drawn
    policy = "; ".join(
        (
            "default-src 'none'",
            f"script-src {library.source(linking)} {assets.hashed(script)}",
            f"style-src {style_sheet.source(linking)} {assets.hashed(style)}",
            f"img-src data:{f' {tiles.origin}' if tiles.origin else ''}",
            *(["connect-src 'self'"] if following else []),
            "base-uri 'none'",
            "form-action 'none'",
        )
    )
    written = (
        _environment()
        .get_template(template)
        .render(
            language=language if language in LANGUAGES else "en",
            # A page that is served has it in a header; there it also says who may frame the page, which only a header can.
            policy="" if linking is Linking.SERVED else policy,
            links={
                "style": style_sheet.link(linking),
                "script": library.link(linking),
                "following": following.link(linking) if following else "",
            },
            style=style,
            script=script,
            map=html,
            texts=_Texts(language),
            **values,
        )
    )
    files = (style_sheet, library) if linking is Linking.BESIDE else ()
    return Page(written, f"{policy}; frame-ancestors 'none'" if linking is Linking.SERVED else policy, files)


class _Texts:
    """The texts of maps in a language, by the last part of their keys."""

    def __init__(self, language: str) -> None:
        self._language = language

    def __getattr__(self, name: str) -> str:
        return text(f"tracking.map.{name}", self._language)


def map_of(drawn: folium.Map) -> tuple[str, str]:
    """A folium map as its HTML and its script, the same whenever it is drawn."""
    for number, element in enumerate(_all(drawn)):
        element._id = str(number)
    figure: Any = drawn.get_root()
    drawn.render()
    script = re.sub(r"\s*\n\s*", "\n", figure.script.render())
    script = re.sub(r"(?<=[\]\d]), (?=[\[\-\d])", ",", script).strip()
    return figure.html.render().strip(), script


def _all(element: Element) -> Iterable[Element]:
    yield element
    for child in element._children.values():
        yield from _all(child)


def scripted(template: Template, **given: Any) -> Element:
    """A part of a map that is a script of ours; the template finds what it was given under `this.given`."""
    part: Any = MacroElement()
    part._template, part.given = template, given
    return part  # type: ignore[no-any-return]


def empty_map(tiles: Provider, bounds: Sequence[Sequence[float]] = _KENYA) -> folium.Map:
    """A map without anything drawn on it that shows `bounds` (south-west and north-east)."""
    drawn = _Bare(tiles=None, zoom_snap=0.25)
    folium.Figure().add_child(drawn)
    if tiles.template is not None:
        # Without a Referer the servers of OpenStreetMap refuse; more than our address is nobody's business.
        layer = folium.TileLayer(
            tiles.template, attr=tiles.attribution, max_zoom=tiles.max_zoom, show=False, referrer_policy="origin"
        )
        layer.add_to(drawn)
        scripted(_WHILE_ONLINE, tiles=layer).add_to(drawn)
    scripted(_PREFIX).add_to(drawn)
    # Words stand to the right of what is marked.
    drawn.fit_bounds(
        [list(corner) for corner in bounds], padding_top_left=(24, 24), padding_bottom_right=(64, 32), max_zoom=17
    )
    return drawn


def lean(shape: Any) -> Any:
    """The shape without the options that are Leaflet's own defaults: folium writes out all of them, each time."""
    shape.options = {name: value for name, value in shape.options.items() if _DEFAULTS.get(name, shape) != value}
    return shape


@cache
def _environment() -> Environment:
    return Environment(
        loader=PackageLoader("pp_core.tracking.render"),
        autoescape=True,
        undefined=StrictUndefined,
        keep_trailing_newline=True,
    )


@cache
def _style() -> str:
    return re.sub(r"\s*\n\s*", "\n", assets.own("map.css"))
