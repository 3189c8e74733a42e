"""The page that follows one activity while it lasts, for whoever has the link to it.

Its script asks `source`, on our own server, every few seconds while somebody looks at the page, with `?after=` the `at` of the
last point it knows (0 at first). Each answer is a `Shared` as JSON. 404 ends the page: it says so and shows no way any more.
"""

from pp_core.kernel.locale import text
from pp_core.tracking.operations import Linking, Sport
from pp_core.tracking.render import assets, figures
from pp_core.tracking.render.frame import Page, empty_map, framed, map_of
from pp_core.tracking.render.tiles import Provider

SECONDS = 10
"""Between two questions. A phone's radio that is woken more often than that never sleeps."""
_STATES = ("waiting", "live", "paused", "finished", "expired", "lost", "script")


def live_page(
    *,
    source: str,
    title: str,
    gym: str,
    sport: Sport,
    language: str,
    expires_s: int,
    tiles: Provider,
    athlete: str | None = None,
    brand: str | None = None,
    seconds: float = SECONDS,
) -> Page:
    """The page of a link that ends in `expires_s` seconds. `source` is a path on the server that sends the page."""
    if not source.startswith("/") or source.startswith("//"):
        raise ValueError(f"{source} is no path on our own server")
    pace = "pace" if figures.paced(sport) else "speed"
    return framed(
        "live.html",
        language,
        map_of(empty_map(tiles)),
        Linking.SERVED,
        tiles,
        brand=brand,
        following=assets.live(),
        title=title,
        gym=gym,
        said=" · ".join(filter(None, (text(f"tracking.sport.{sport}", language), athlete))),
        states={name: text(f"tracking.live.{name}", language) for name in _STATES},
        seen=text("tracking.live.seen", language),
        figures=[
            ("distance", text("tracking.map.distance", language)),
            ("moving", text("tracking.map.moving", language)),
            ("pace", text(f"tracking.map.{pace}", language)),
        ],
        source=source,
        seconds=f"{seconds:g}",
        expires=expires_s,
        metres=figures.metres_of_pace(sport) or 0,
        unit=figures.unit(sport),
    )
