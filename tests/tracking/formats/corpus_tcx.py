"""TCX files."""

from collections.abc import Iterator

from .corpus import COUNT, Case, Right, Wrong, at, maker, place

FRAME = """<?xml version="1.0" encoding="UTF-8"?>
<TrainingCenterDatabase xmlns="http://www.garmin.com/xmlschemas/TrainingCenterDatabase/v2"
 xmlns:ns3="http://www.garmin.com/xmlschemas/ActivityExtension/v2">{inside}</TrainingCenterDatabase>"""


def point(step: int, *, position: bool = True) -> str:
    """One point, `step` seconds into the run."""
    lat, lon = place(step)
    where = f"<Position><LatitudeDegrees>{lat:.7f}</LatitudeDegrees><LongitudeDegrees>{lon:.7f}</LongitudeDegrees></Position>"
    return (
        f"<Trackpoint><Time>{at(step)}</Time>{where if position else ''}<AltitudeMeters>1660</AltitudeMeters>"
        "<HeartRateBpm><Value>147</Value></HeartRateBpm>"
        "<Extensions><ns3:TPX><ns3:Speed>3.1</ns3:Speed></ns3:TPX></Extensions></Trackpoint>"
    )


def track(first: int = 0, count: int = COUNT) -> str:
    """Points a second apart."""
    return f"<Track>{''.join(point(step) for step in range(first, first + count))}</Track>"


def lap(inside: str, begins: int = 0) -> str:
    """A lap, with the means that laps tell."""
    means = "<AverageHeartRateBpm><Value>99</Value></AverageHeartRateBpm>"
    return f'<Lap StartTime="{at(begins)}"><TotalTimeSeconds>9</TotalTimeSeconds>{means}{inside}</Lap>'


def activity(*laps: str, sport: str = "Running", begins: int = 0) -> str:
    """An activity."""
    return f'<Activity Sport="{sport}"><Id>{at(begins)}</Id>{"".join(laps)}<Creator><Name>Watch</Name></Creator></Activity>'


def tcx(*activities: str) -> bytes:
    """A file."""
    return FRAME.format(inside=f"<Activities>{''.join(activities)}</Activities>").encode()


@maker
def tcx_files() -> Iterator[Case]:
    """All of them."""
    right = Right(heart_rate=147, laps=1)
    yield Case("plain.tcx", tcx(activity(lap(track()))), right)
    yield Case("strava-blanks.tcx", b"          " + tcx(activity(lap(track()))), right)
    laps = tcx(activity(lap(track(0, 10)), lap(track(10, 20), 10)))
    yield Case("two-laps.tcx", laps, Right(heart_rate=147, laps=2))
    paused = tcx(activity(lap(track(0, 10) + track(60, 20))))
    yield Case("pause.tcx", paused, Right(heart_rate=147, laps=1, pauses=((9, 60),)))
    several = tcx(activity(lap(track(0, 10))), activity(lap(track(3600, 20)), sport="Biking", begins=3600))
    yield Case("two-activities.tcx", several, Right(points=(10, 20), heart_rate=147, laps=1))
    sports = f"<Activities><MultiSportSession><FirstSport>{activity(lap(track()))}</FirstSport></MultiSportSession></Activities>"
    yield Case("multi-sport.tcx", FRAME.format(inside=sports).encode(), right)
    yield Case("biking.tcx", tcx(activity(lap(track()), sport="Biking")), Right(sport="ride", heart_rate=147, laps=1))
    yield Case("other.tcx", tcx(activity(lap(track()), sport="Other")), Right(sport="other", heart_rate=147, laps=1))
    blind = "".join(point(step, position=False) for step in range(COUNT, COUNT + 5))
    some = tcx(activity(lap(track() + f"<Track>{blind}</Track>")))
    yield Case("some-without-position.tcx", some, Right(heart_rate=147, laps=1, skipped=(("no_position", 5),)))
    indoors = tcx(activity(lap(f"<Track>{blind}</Track>")))
    yield Case("indoors.tcx", indoors, Wrong("tracking.file_without_positions"))
    yield Case("no-points.tcx", tcx(activity(lap(""))), Wrong("tracking.file_without_positions"))
    course = FRAME.format(inside=f"<Courses><Course><Name>Loop</Name>{track()}</Course></Courses>").encode()
    yield Case("course.tcx", course, Wrong("tracking.file_without_times", "route"))
    whole = tcx(activity(lap(track())))
    yield Case("cut.tcx", whole[:-200], Wrong("tracking.file_damaged", "cut_short"))
    bomb = whole.replace(b"<TrainingCenter", b'<!DOCTYPE x [<!ENTITY a "b">]><TrainingCenter', 1)
    yield Case("entity.tcx", bomb, Wrong("tracking.file_hostile", "doctype"))
    deep = whole.replace(b"<Track>", b"<Track>" * 200, 1)
    yield Case("deep.tcx", deep, Wrong("tracking.file_hostile", "too_deep"))
    loose = FRAME.format(inside="<Value>5</Value><Time>x</Time></a>").encode()
    yield Case("loose.tcx", loose, Wrong("tracking.file_damaged", "markup"))
    yield Case(
        "times-of-nonsense.tcx", whole.replace(b"<Time>2026", b"<Time>20x6"), Wrong("tracking.file_without_times")
    )
