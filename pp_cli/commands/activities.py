"""`pp track list|show|board|records|start|pause|resume|stop|edit|delete|flags|review`: activities in the units people use.

With `--format json` and `csv` values stay as they are: metres, seconds, metres a second.
"""

from collections.abc import Iterator
from contextlib import aclosing, suppress
from typing import TYPE_CHECKING, Annotated, Any

import typer

from pp_cli import session
from pp_cli.binding import command
from pp_cli.options import chosen
from pp_cli.output import cell, day, moment, said, show, show_record, show_rows, stream, write
from pp_cli.session import client, complete, narrate
from pp_core.kernel import wording
from pp_core.kernel.clock import NAIROBI, local_day
from pp_core.tracking.operations import (
    Activity,
    ActivityPage,
    ActivityRow,
    ActivityStart,
    Board,
    DeleteActivity,
    EditActivity,
    FlagPage,
    FlagRow,
    ListActivities,
    ListActivityRecords,
    ListFlags,
    PauseActivity,
    RecordRow,
    ResumeActivity,
    ReviewFlag,
    RunnerOut,
    ShowActivity,
    ShowBoard,
    Sport,
    StartActivity,
    Status,
    StopActivity,
    WatchBoard,
)

if TYPE_CHECKING:
    pass

LISTED = "day person_name sport distance moving pace climbed title status id"
OUT = "person_name sport status out distance pace heart last_seen"
FLAGGED = "person_name sport day flag_seen verdict id"
_IN_METRES = frozenset({"furthest", "climb"})


def _sport(sport: Sport) -> str:
    return said(f"tracking.sport.{sport}")


def _figures(one: ActivityRow) -> dict[str, Any]:
    """What an activity comes to, in words; what is not known or hidden is left out."""
    spoken = session.language()
    found = {
        "distance": wording.distance(one.distance_m, spoken),
        "moving": wording.duration(one.moving_s),
        "elapsed": wording.duration(one.elapsed_s),
        "pace": wording.pace(one.average_speed, one.sport, spoken),
        "climbed": None if one.elevation_gain_m is None else wording.height(one.elevation_gain_m, spoken),
        "heart": None if one.heart_rate_avg is None else wording.heart_rate(one.heart_rate_avg, spoken),
        "kcal": one.kcal,
    }
    return {name: value for name, value in found.items() if value is not None}


def _listed(result: ActivityPage) -> None:
    rows = [
        {
            "id": one.id,
            "day": day(local_day(one.started_at, NAIROBI)),
            "person_name": one.person_name,
            "sport": _sport(one.sport),
            "title": one.title or "",
            "status": said(f"tracking.status.{one.status}"),
            **_figures(one),
        }
        for one in result.items
    ]
    show_rows(rows, LISTED)
    if result.next is not None:
        narrate(said("cli.more", cursor=result.next))


def _shown(one: Activity) -> None:
    spoken, summary = session.language(), one.summary
    show_record(
        {
            "person_name": one.person_name,
            "sport": _sport(one.sport),
            "title": one.title or "",
            "status": said(f"tracking.status.{one.status}"),
            "started_at": moment(one.started_at),
            **_figures(one),
            "visible_to": said(f"tracking.visibility.{one.visibility}"),
            "note": one.note or "",
            "new_tiles": str(one.new_tiles or ""),
            "records": ", ".join(said(f"tracking.measure.{measure}") for measure in one.records),
            "id": one.id,
        }
    )
    if summary.splits:
        write()
        show_rows(list(_splits(one)), "kilometre distance moving pace climbed heart")
    if summary.efforts:
        write()
        rows = [
            {
                "measure": said(f"tracking.measure.{effort.measure}"),
                "best_time": wording.duration(effort.seconds),
                "from": wording.distance(effort.from_m, spoken),
            }
            for effort in summary.efforts
        ]
        show_rows(rows, "measure best_time from")
    if summary.zones:
        write()
        zones = [
            {
                "heart": f"{zone.from_bpm}–{zone.to_bpm - 1}" if zone.to_bpm is not None else f"{zone.from_bpm}+",
                "moving": wording.duration(zone.seconds),
            }
            for zone in summary.zones
        ]
        show_rows(zones, "heart moving")
    if one.flagged:
        narrate(said("cli.track.flagged"))


def _splits(one: Activity) -> Iterator[dict[str, Any]]:
    spoken = session.language()
    for split in one.summary.splits:
        speed = split.distance_m / split.moving_s if split.moving_s else None
        yield {
            "kilometre": split.number,
            "distance": wording.distance(split.distance_m, spoken),
            "moving": wording.duration(split.moving_s),
            "pace": wording.pace(speed, one.sport, spoken),
            "climbed": "" if split.elevation_m is None else f"{split.elevation_m:+.0f} m",
            "heart": "" if split.heart_rate is None else wording.heart_rate(split.heart_rate, spoken),
        }


def _started(result: ActivityStart) -> None:
    narrate(said("cli.track.started", sport=_sport(result.sport).lower(), id=result.id))


# Who is out


def board(
    follow: Annotated[
        bool, typer.Option("--follow", help="Go on: show each as they move, until Ctrl-C.", show_default=False)
    ] = False,
) -> None:
    """Show who is out now, the last to set out first."""
    if follow:
        with suppress(KeyboardInterrupt):
            complete(_follow())
        return
    result = session.run(ShowBoard())
    if chosen.format == "json":
        show(result)
    elif chosen.format == "csv":
        show_rows(list(result.runners))
    else:
        show_rows([_out(one, result) for one in result.runners], OUT)


def _out(one: RunnerOut, result: Board) -> dict[str, Any]:
    spoken = session.language()
    return {
        "person_name": one.person_name,
        "sport": _sport(one.sport),
        "status": "" if one.status is Status.LIVE else said(f"tracking.status.{one.status}"),
        "out": wording.duration((result.now - one.started_at).total_seconds()),
        "distance": wording.distance(one.distance_m, spoken),
        "pace": wording.pace(one.speed or one.average_speed, one.sport, spoken),
        "heart": "" if one.heart_rate is None else wording.heart_rate(one.heart_rate, spoken),
        "last_seen": "" if one.last_at is None else wording.ago(one.last_at, result.now, spoken),
    }


async def _follow() -> None:
    async with client() as connected, aclosing(connected.watch(WatchBoard())) as changes:
        shown: dict[Any, RunnerOut] = {}
        show_next = stream("")
        async for change in changes:
            result = await connected.run(ShowBoard())
            if change.began and not shown:
                narrate(said("cli.track.following", count=len(result.runners)))
            for one in result.runners:
                if shown.get(one.activity_id) != one:
                    _print(one, result, show_next)
            shown = {one.activity_id: one for one in result.runners}


def _print(one: RunnerOut, result: Board, show_next: Any) -> None:
    if chosen.format != "table":
        show_next(one)
        return
    row = _out(one, result)
    write("  ".join(cell(row[name]) for name in OUT.split() if row[name]))


# Bests


def records(
    member: Annotated[
        str | None, typer.Argument(help="Id, member code or phone; left out: yourself.", show_default=False)
    ] = None,
    sport: Annotated[Sport | None, typer.Option("--sport", help="Only this sport's.", show_default=False)] = None,
) -> None:
    """List a member's bests outdoors: the fastest over each distance, the furthest, the longest, the highest climb."""
    result = session.run(ListActivityRecords(member=member, sport=sport))
    if chosen.format == "json":
        show(result)
    elif chosen.format == "csv":
        show_rows(list(result.records))
    else:
        show_rows([_best(one) for one in result.records], "sport measure best at activity_id")


def _best(one: RecordRow) -> dict[str, Any]:
    spoken = session.language()
    value = wording.distance(one.value, spoken) if one.measure in _IN_METRES else wording.duration(one.value)
    return {
        "sport": _sport(one.sport),
        "measure": said(f"tracking.measure.{one.measure}"),
        "best": value,
        "at": day(local_day(one.at, NAIROBI)),
        "activity_id": one.activity_id,
    }


# Judging


def _flag(one: FlagRow) -> dict[str, Any]:
    return {
        "id": one.id,
        "person_name": one.person_name,
        "sport": _sport(one.sport),
        "day": day(local_day(one.started_at, NAIROBI)),
        "flag_seen": one.told(session.language()),
        "verdict": said(f"tracking.verdict.{one.verdict or 'open'}"),
    }


def _flags(result: FlagPage) -> None:
    show_rows([_flag(one) for one in result.items], FLAGGED)
    if result.next is not None:
        narrate(said("cli.more", cursor=result.next))


def _judged(one: FlagRow) -> None:
    show_record(_flag(one))


list_activities = command(ListActivities, present=_listed)
show_activity = command(ShowActivity, arguments=["activity_id"], present=_shown)
start = command(StartActivity, arguments=["sport"], present=_started)
pause = command(PauseActivity, arguments=["activity_id"])
resume = command(ResumeActivity, arguments=["activity_id"])
stop = command(StopActivity, arguments=["activity_id"], present=_shown)
edit = command(EditActivity, arguments=["activity_id"], names={"hidden": "--hide"}, present=_shown)
delete = command(DeleteActivity, arguments=["activity_id"])
flags = command(ListFlags, present=_flags)
review = command(ReviewFlag, arguments=["flag_id", "verdict"], present=_judged)
