"""The words of tracking: sports, statuses, who sees what, and what a track comes to."""

from enum import StrEnum

from pydantic import Field

from pp_core.kernel.errors import Kind, Problem
from pp_core.kernel.operation import Result


class Sport(StrEnum):
    """What somebody does outdoors."""

    RUN = "run"
    WALK = "walk"
    HIKE = "hike"
    RIDE = "ride"
    SWIM = "swim"
    ROW = "row"
    SKATE = "skate"
    OTHER = "other"


class Status(StrEnum):
    """How far an activity is."""

    LIVE = "live"
    PAUSED = "paused"
    FINISHED = "finished"


class Visibility(StrEnum):
    """Who else sees an activity."""

    PRIVATE = "private"  # nobody
    STAFF = "staff"  # who may read activities: trainers and managers
    GYM = "gym"  # also the gym's other members: leaderboards, the club's heat map


class Hidden(StrEnum):
    """What of an activity its owner alone sees, whoever else may see the rest."""

    MAP = "map"
    HEART_RATE = "heart_rate"
    START_TIME = "start_time"
    SPEED = "speed"
    CALORIES = "calories"


class Split(Result):
    """One kilometre, or what is left of the last one."""

    number: int
    distance_m: float
    moving_s: float = Field(description="Seconds in motion")
    elevation_m: float | None = Field(description="Metres up (or, negative, down) from its start to its end")
    heart_rate: int | None = Field(description="Mean beats a minute")


class Effort(Result):
    """The fastest stretch of a set length within an activity."""

    measure: str = Field(description="`400m`, `1km`, `1mi`, `5km`, `10km`, `half` or `full`")
    seconds: float
    from_m: float = Field(description="Metres into the activity at which it begins")


class Zone(Result):
    """Time with the heart within a range."""

    number: int = Field(description="1 (easy) to 5 (hardest)")
    from_bpm: int
    to_bpm: int | None = Field(description="Exclusive; null for the hardest")
    seconds: int


class Summary(Result):
    """What a track comes to. Seconds, metres, metres a second, beats a minute."""

    points: int = Field(description="Points kept")
    dropped: int = Field(description="Points that the filters left out")
    elapsed_s: int
    moving_s: int
    distance_m: float
    average_speed: float | None = Field(description="Over the time in motion")
    max_speed: float | None
    elevation_gain_m: float | None
    elevation_loss_m: float | None
    heart_rate_avg: int | None = None
    heart_rate_max: int | None = None
    kcal: int | None = None
    kcal_method: str | None = None
    splits: tuple[Split, ...] = ()
    efforts: tuple[Effort, ...] = ()
    zones: tuple[Zone, ...] = ()


class Oddity(Result):
    """What does not look like somebody moving by their own strength, with what was seen; a person judges."""

    kind: str = Field(description="`jump`, `impossible_speed`, `too_even`, `repeated`, `replayed` or `teleport`")
    from_s: int = Field(description="Seconds into the activity")
    to_s: int
    seen: dict[str, float] = Field(description="The figures, such as `speed` and `limit` in metres a second")


class ActivityUnknown(Problem):
    """There is no such activity, or the caller may not see it."""

    kind = Kind.NOT_FOUND
    code = "tracking.activity_unknown"
