"""A home, a run from its door, and what of an answer tells where that is, however it is written."""

import base64
import binascii
import re
from collections.abc import Iterator
from contextlib import suppress
from datetime import datetime, timedelta
from math import cos, radians
from typing import Any

import numpy as np
from pydantic import BaseModel

from pp_core.tracking.operations import PointIn
from pp_core.tracking.rules.simplify import polyline_decoded

from .ways import METRE

HOME = (-1.3, 36.8)
RADIUS = 400
NEAR = 250 * METRE
"""Who leaves a circle of 400 m by its diagonal is 283 m off its middle both ways: what others see comes no nearer to either."""
NUMBER = re.compile(r"-?\d+(?:\.\d+)?(?:[eE][-+]?\d+)?")


def diagonal(begins: datetime, metres: float, *, back: bool) -> tuple[PointIn, ...]:
    """North-east from home at 3 m/s, a point each five seconds, and back again; metres are counted along each axis."""
    count = round(metres / 10)
    steps = [*range(count + 1), *(range(count - 1, -1, -1) if back else ())]
    off = np.random.default_rng(7).normal(0, 1.5 * METRE, (len(steps), 2))  # nobody keeps an even speed
    return tuple(
        PointIn(
            ts=begins + timedelta(seconds=5 * place),
            lat=HOME[0] + 10 * METRE * step + float(off[place, 0]),
            lon=HOME[1] + 10 * METRE * step / cos(radians(HOME[0])) + float(off[place, 1]),
            accuracy=5.0,
            altitude=1700.0,
        )
        for place, step in enumerate(steps)
    )


def numbers(value: Any) -> Iterator[float]:
    """Every number of an answer, however it is written: plain, in words, as an encoded polyline, in base64."""
    if isinstance(value, BaseModel):
        value = value.model_dump(mode="json", context={"reveal": True})
    if isinstance(value, dict):
        for one in value.values():
            yield from numbers(one)
    elif isinstance(value, list | tuple):
        for one in value:
            yield from numbers(one)
    elif isinstance(value, bool) or value is None:
        return
    elif isinstance(value, int | float):
        yield float(value)
    elif isinstance(value, bytes):
        yield from numbers(value.decode("latin-1"))
    else:
        yield from _written(str(value))


def _written(text: str) -> Iterator[float]:
    yield from (float(found) for found in NUMBER.findall(text))
    # A page holds its polylines among other words.
    for word in {text, *re.findall(r'"((?:[^"\\]|\\.)*)"', text)}:
        try:
            lat, lon = polyline_decoded(re.sub(r"\\(.)", r"\1", word) if word is not text else word)
        except (ValueError, UnicodeError):
            continue
        yield from (*lat.tolist(), *lon.tolist())
    if len(text) > 100 and " " not in text:
        with suppress(ValueError, binascii.Error):
            inside = base64.b64decode(text, validate=True).decode("latin-1")
            yield from (float(found) for found in NUMBER.findall(inside))


def leaks(answer: Any) -> list[float]:
    """What of an answer says where home is."""
    return [number for number in numbers(answer) if abs(number - HOME[0]) < NEAR or abs(number - HOME[1]) < NEAR]
