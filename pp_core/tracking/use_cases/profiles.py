"""The profile of an activity, as the caller may see it."""

import asyncio
from math import isfinite
from typing import Any

from pp_core.kernel.context import TenantContext
from pp_core.kernel.handlers import handles
from pp_core.tracking.access import access_activity, is_owner
from pp_core.tracking.operations import Hidden, Sport
from pp_core.tracking.operations.profiles import Profile, Sample, ShowProfile
from pp_core.tracking.queries import points
from pp_core.tracking.rules.privacy import Circle, visible
from pp_core.tracking.rules.profile import Along, along, seen_whole
from pp_core.tracking.rules.summary import shaped
from pp_core.tracking.rules.track import Track

from .sealing import pauses_of, stored_track

Zones = list[Circle]


@handles(ShowProfile)
async def show_profile(ctx: TenantContext, op: ShowProfile) -> Profile:
    """What its owner hides is null, and what lies within their privacy zones is left out."""
    row = await access_activity(ctx, op.activity_id)
    mine = is_owner(ctx, row)
    zones = [] if mine else (await points.zones(ctx.tx, ctx.tenant_id, [row.person_id]))[row.person_id]
    hidden = frozenset() if mine else frozenset(row.hidden)
    track = await stored_track(ctx, row.id)
    pauses = pauses_of(row, ctx.now, row.clock_shift_ms)
    samples = await asyncio.to_thread(_samples, track, Sport(row.sport), pauses, op.samples, zones, hidden)
    distance_m, shown = samples
    return Profile(
        activity_id=row.id,
        sport=row.sport,
        distance_m=distance_m,
        step_m=distance_m / (op.samples - 1),
        samples=shown,
    )


def _samples(
    track: Track, sport: Sport, pauses: list[list[int]], count: int, zones: Zones, hidden: frozenset[Any]
) -> tuple[float, tuple[Sample, ...]]:
    """The length of the way, and the samples that may be shown."""
    shape = shaped(track, sport, [(first, last) for first, last in pauses])
    made = along(shape, count)
    if made is None:
        return 0.0, ()
    seen = seen_whole(made, visible(shape.track, zones), visible(made.track, zones))
    return float(made.metres[-1]), tuple(_sample(made, place, hidden) for place in range(count) if seen[place])


def _sample(made: Along, place: int, hidden: frozenset[Any]) -> Sample:
    timed, mapped = Hidden.SPEED not in hidden, Hidden.MAP not in hidden
    return Sample(
        metres=round(float(made.metres[place]), 1),
        seconds=round(float(made.seconds[place]), 1) if timed else None,
        altitude=_known(made.altitude[place], 1),
        speed=_known(made.speed[place], 3) if timed else None,
        heart_rate=None if Hidden.HEART_RATE in hidden else int(made.heart_rate[place]) or None,
        lat=round(float(made.lat[place]), 6) if mapped else None,
        lon=round(float(made.lon[place]), 6) if mapped else None,
    )


def _known(value: Any, decimals: int) -> float | None:
    return round(float(value), decimals) if isfinite(value) else None
