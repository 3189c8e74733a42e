"""A small picture of a route, without words and without a map: for chats, lists and reports."""

import re
from zlib import crc32

import numpy as np

from pp_core.tracking.operations import Sport
from pp_core.tracking.render.course import Course, painted
from pp_core.tracking.rules.track import Ints

COLOURS = ("#3d2f8f", "#1f6fb4", "#1aa18f", "#7cc44a", "#f2d93b")
"""Slow to fast, each lighter than the one before, so that they differ without hue too. The pages' style sheet has the same."""
SIZE = 240
_MARGIN, _LINE = 16, 5
_MOST_POINTS = 120
_BACK, _CASE, _START, _FINISH = "#f4f6f5", "#16211d", "#0b6e4f", "#a3140c"


def svg(course: Course, sport: Sport, *, size: int = SIZE, by_pace: bool = True) -> str:
    """A square SVG of about 2 KB: the route by pace, where it starts (a disc) and where it ends (a square).

    A course without points gives an empty square.
    """
    lines: dict[int, list[str]] = {}
    ends = ""
    if len(course):
        across = _fitted(course)
        for part in painted(course, sport, most=_MOST_POINTS, by_pace=by_pace).stretches:
            lines.setdefault(part.kind, []).append(_path(across[part.places]))
        (x1, y1), (x2, y2) = across[0], across[-1]
        ends = (
            f'<circle cx="{x1}" cy="{y1}" r="7" fill="{_START}"/>'
            f'<path d="M{x2 - 6},{y2 - 6}h12v12h-12z" fill="{_FINISH}"/>'
        )
    # Two pictures on one page must not share names, so these are made of what they name.
    name = f"r{crc32(repr(lines).encode()):x}"
    paths = "".join(f'<path id="{name}{kind}" d="{"".join(parts)}"/>' for kind, parts in sorted(lines.items()))
    inks = "".join(f'<use href="#{name}{kind}" stroke="{COLOURS[kind]}"/>' for kind in sorted(lines))
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{size}" height="{size}" viewBox="0 0 {SIZE} {SIZE}">'
        f'<defs><g id="{name}">{paths}</g></defs><path fill="{_BACK}" d="M0,0h{SIZE}v{SIZE}H0z"/>'
        f'<g fill="none" stroke-width="{_LINE}" stroke-linecap="round" stroke-linejoin="round">'
        f'<use href="#{name}" stroke="{_CASE}" stroke-width="{_LINE + 3}"/>{inks}</g>'
        f'<g stroke="#fff" stroke-width="2">{ends}</g></svg>'
    )


def png(course: Course, sport: Sport, *, size: int = SIZE, by_pace: bool = True) -> bytes:
    """The same as a PNG of `size` pixels. No font is needed, on whatever machine."""
    return rasterised(svg(course, sport, size=size, by_pace=by_pace), size)


def rasterised(picture: str, width: int) -> bytes:
    """An SVG without words as a PNG."""
    from resvg_py import svg_to_bytes

    return bytes(svg_to_bytes(svg_string=picture, width=width, skip_system_fonts=True))


def _fitted(course: Course) -> Ints:
    """The points in whole units of the picture, centred, north at the top."""
    flat = course.flat()
    low, high = flat.min(axis=0), flat.max(axis=0)
    scale = (SIZE - 2 * _MARGIN) / max(*(high - low), 1.0)
    middle = (low + high) / 2
    return np.asarray(np.round(SIZE / 2 + (flat - middle) * (scale, -scale)), np.int64)


def _path(points: Ints) -> str:
    """Relative steps: `M16,40l3-4 2,0`."""
    steps = np.diff(points, axis=0)
    steps = steps[np.any(steps != 0, axis=1)]
    body = " ".join(f"{x},{y}" for x, y in steps) or "0,0"
    return f"M{points[0][0]},{points[0][1]}l{re.sub(r',-', '-', body)}"
