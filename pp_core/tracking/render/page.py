"""The page of one activity: the route coloured by pace on a map, figures, elevation and kilometres.

It is whole without a network but for the map's tiles, shows a sketch of the route where scripts do not run, and keeps to a
Content-Security-Policy without a foreign origin. What people wrote (titles, names) stands in the HTML alone, escaped, and never
in a script.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, time
from itertools import pairwise
from typing import Any

import folium
from folium.template import Template

from pp_core.kernel import wording
from pp_core.kernel.locale import text
from pp_core.tracking.operations import Linking, Split, Sport, Summary
from pp_core.tracking.render import figures, thumbnail
from pp_core.tracking.render.course import CLASSES, Course, Painted, marks, painted
from pp_core.tracking.render.elevation import profile
from pp_core.tracking.render.frame import Page, empty_map, framed, lean, map_of, scripted
from pp_core.tracking.render.tiles import Provider

MOST_POINTS = 600
WIDTHS = (3, 4, 5, 6, 7)
"""Of the line, in pixels, for each class of pace: the faster the thicker, for who does not tell the colours apart."""
_TICKS = 5
_MOST_ROWS = 60
_ALMOST_KILOMETRE = 999.5


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """What is said beside the route. `title`, `gym` and `athlete` are whatever people wrote.

    `day` and `started` are by the clock on the gym's wall. What is None is not shown, nor are paces without `shows_pace`.
    `brand` is the gym's colour, as `#0b6e4f`.
    """

    title: str
    gym: str
    sport: Sport
    language: str
    summary: Summary
    athlete: str | None = None
    day: date | None = None
    started: time | None = None
    brand: str | None = None
    shows_pace: bool = True


_CASE = Template(
    """{% macro script(this, kwargs) %}
    [{% for line in this.given.lines %}{{ line.get_name() }},{% endfor %}].forEach(function (line) {
        L.polyline(line.getLatLngs(), {className: "case", weight: line.options.weight + 3, interactive: false})
            .addTo({{ this._parent.get_name() }}).bringToBack();
    });
    {% endmacro %}"""
)
"""Draws each of the lines once more below all of them, wider: an edge that shows them on any ground."""


def page(course: Course, told: Told, tiles: Provider, linking: Linking = Linking.SERVED) -> Page:
    """The page of an activity; of a course without points, its figures alone, with an empty map."""
    route = painted(course, told.sport, most=MOST_POINTS, by_pace=told.shows_pace)
    return framed(
        "map.html",
        told.language,
        map_of(_drawn(course, route, told, tiles)),
        linking,
        tiles,
        brand=told.brand,
        title=told.title,
        gym=told.gym,
        said=" · ".join(_said(told)),
        figures=list(_figures(told)),
        sketch=_sketch(course, told),
        legend=_legend(route, told),
        profile=_profile(course, told.language),
        splits=_splits(told),
    )


def _drawn(course: Course, route: Painted, told: Told, tiles: Provider) -> folium.Map:
    if not len(course):
        return empty_map(tiles)
    at = [[round(float(lat), 5), round(float(lon), 5)] for lat, lon in zip(course.lat, course.lon, strict=True)]
    drawn = empty_map(
        tiles, ([min(column) for column in zip(*at, strict=True)], [max(column) for column in zip(*at, strict=True)])
    )
    lines = []
    for kind in sorted({part.kind for part in route.stretches}):
        parts = [[at[place] for place in part.places] for part in route.stretches if part.kind == kind]
        line = folium.PolyLine(parts, weight=WIDTHS[kind], class_name=f"p{kind}", interactive=False)
        lines.append(lean(line).add_to(drawn))
    scripted(_CASE, lines=lines).add_to(drawn)
    for mark in marks(course):
        said = f"{mark.kilometre}"
        if told.shows_pace and mark.pace is not None:
            said += f" · {figures.bare_pace(mark.pace, told.sport)}"
        _marked(drawn, [round(mark.lat, 5), round(mark.lon, 5)], said, 3, "km", "right")
    _marked(drawn, at[0], text("tracking.map.start", told.language), 7, "start", "top")
    _marked(drawn, at[-1], text("tracking.map.finish", told.language), 7, "finish", "bottom")
    return drawn


def _marked(drawn: folium.Map, at: list[float], said: str, radius: int, kind: str, direction: str) -> None:
    """A dot with words of ours beside it, which are never what somebody wrote."""
    dot = folium.CircleMarker(at, radius=radius, class_name=kind, interactive=False, fill=True, fill_opacity=1)
    dot.add_child(folium.Tooltip(said, permanent=True, sticky=False, direction=direction, class_name=kind))
    lean(dot).add_to(drawn)


def _said(told: Told) -> Iterable[str]:
    yield text(f"tracking.sport.{told.sport}", told.language)
    if told.athlete is not None:
        yield told.athlete
    if told.day is not None:
        yield wording.full_day(told.day, told.language)
    if told.started is not None:
        yield told.started.strftime("%H:%M")


def _figures(told: Told) -> Iterable[tuple[str, str]]:
    summary, language = told.summary, told.language
    yield text("tracking.map.distance", language), figures.distance(summary.distance_m)
    yield text("tracking.map.moving", language), figures.duration(summary.moving_s)
    if summary.elapsed_s > summary.moving_s:
        yield text("tracking.map.elapsed", language), figures.duration(summary.elapsed_s)
    if told.shows_pace and summary.average_speed:
        name = "tracking.map.pace" if figures.paced(told.sport) else "tracking.map.speed"
        yield text(name, language), figures.pace(1 / summary.average_speed, told.sport)
    if summary.elevation_gain_m is not None:
        yield text("tracking.map.gain", language), figures.height(summary.elevation_gain_m)


def _sketch(course: Course, told: Told) -> str:
    """The route without a map, for where scripts do not run; its colours stand in the style sheet too."""
    return thumbnail.svg(course, told.sport, by_pace=False)


def _legend(route: Painted, told: Told) -> list[dict[str, Any]]:
    limits = route.limits
    if not limits:
        return []
    said = [figures.bare_pace(limit, told.sport) for limit in limits]
    unit = figures.unit(told.sport)
    texts = [text("tracking.map.slower", told.language, pace=f"{said[0]} {unit}")]
    texts += [f"{slow}–{fast} {unit}" for slow, fast in pairwise(said)]
    texts.append(text("tracking.map.faster", told.language, pace=f"{said[-1]} {unit}"))
    return [{"kind": kind, "width": WIDTHS[kind], "text": one} for kind, one in enumerate(texts[:CLASSES])]


def _profile(course: Course, language: str) -> dict[str, Any] | None:
    drawn = profile(course)
    if drawn is None:
        return None
    first, last = float(course.metres[0]), float(course.metres[-1])
    ticks = [figures.distance(first + (last - first) * one / (_TICKS - 1)) for one in range(_TICKS)]
    said = text("tracking.map.heights", language, low=figures.height(drawn.low), high=figures.height(drawn.high))
    return {"svg": drawn.svg, "ticks": ticks, "said": said}


def _splits(told: Told) -> dict[str, Any] | None:
    splits = told.summary.splits
    if not splits or not told.shows_pace:
        return None
    language, sport = told.language, told.sport
    rises = any(one.elevation_m is not None for one in splits)
    beats = any(one.heart_rate is not None for one in splits)
    heads = [text("tracking.map.kilometre", language)]
    heads.append(
        f"{text('tracking.map.pace' if figures.paced(sport) else 'tracking.map.speed', language)} ({figures.unit(sport)})"
    )
    heads += [text("tracking.map.rise", language)] * rises + [text("tracking.map.heart_rate", language)] * beats
    rows = []
    for one in _together(splits):
        # The last one, where it is no whole kilometre, is told by its length.
        row = [str(one.number) if one.distance_m >= _ALMOST_KILOMETRE else figures.distance(one.distance_m)]
        row.append(figures.bare_pace(one.moving_s / one.distance_m, sport) if one.moving_s and one.distance_m else "–")
        if rises:
            row.append("–" if one.elevation_m is None else f"{round(one.elevation_m):+d} m")
        if beats:
            row.append("–" if one.heart_rate is None else str(one.heart_rate))
        rows.append(row)
    return {"heads": heads, "rows": rows}


def _together(splits: Sequence[Split]) -> Iterable[Split]:
    """The kilometres, or of a long way five, ten ... at a time, each numbered by its last."""
    step = next(one for one in (1, 5, 10, 20, 50, len(splits)) if len(splits) / one <= _MOST_ROWS)
    for first in range(0, len(splits), step):
        some = splits[first : first + step]
        rises = [one.elevation_m for one in some if one.elevation_m is not None]
        beats = [(one.heart_rate, one.moving_s) for one in some if one.heart_rate is not None]
        seconds = sum(each for _, each in beats)
        yield Split(
            number=some[-1].number,
            distance_m=sum(one.distance_m for one in some),
            moving_s=sum(one.moving_s for one in some),
            elevation_m=sum(rises) if rises else None,
            heart_rate=round(sum(beat * each for beat, each in beats) / seconds) if seconds else None,
        )
