"""Activities from files and to files."""

import asyncio
import zlib
from contextlib import aclosing
from dataclasses import replace
from datetime import UTC, datetime, time, timedelta
from hashlib import sha256
from itertools import pairwise
from typing import Any
from uuid import UUID

import numpy as np

from pp_core.kernel import locale
from pp_core.kernel.clock import local_day
from pp_core.kernel.context import TenantContext
from pp_core.kernel.errors import Problem
from pp_core.kernel.handlers import handles
from pp_core.kernel.policy import Permission
from pp_core.tenants.public import access_brief
from pp_core.tracking.access import access_activity, access_own, is_owner
from pp_core.tracking.formats import writing
from pp_core.tracking.operations import Hidden, Sport
from pp_core.tracking.operations.files import (
    FILE_TYPES,
    ORIGINAL_TYPES,
    ActivitiesImported,
    ActivityAsFile,
    ExportActivity,
    FileInFuture,
    FileTooLarge,
    ImportActivities,
    ImportedTrack,
    NoOriginal,
    NothingToExport,
    Outcome,
    ShowOriginalFile,
)
from pp_core.tracking.queries import activities, points
from pp_core.tracking.queries import files as queries
from pp_core.tracking.queries.points import milliseconds, moment
from pp_core.tracking.rules.privacy import visible
from pp_core.tracking.rules.summary import shaped
from pp_core.tracking.rules.track import Track

from .sealing import store, stored_track
from .unpacking import ReadFile, ReadTrack, Unpacking

NEAR = timedelta(minutes=1)
"""Two recordings of one person that begin this close and last as long are one: a watch's and a phone's, or one sent twice."""
ALIKE_SHARE, ALIKE_LEAST = 0.1, timedelta(minutes=1)
CLOCK_TOLERANCE = timedelta(minutes=5)
MOST_POINTS = 500_000
LONGEST_TITLE, LONGEST_NAME = 100, 200
_QUICKLY = 1  # zlib's level: GPX shrinks to a tenth with it, and four times as fast as by default


@handles(ImportActivities)
async def import_activities(ctx: TenantContext, op: ImportActivities) -> ActivitiesImported:
    """Import what a file holds; raises the problem of a file that gives nothing but one."""
    person = await access_brief(ctx, op.member, to=Permission.ACTIVITY_MANAGE)
    return await import_for(ctx, op, person.id)


async def import_for(ctx: TenantContext, op: ImportActivities, person_id: UUID) -> ActivitiesImported:
    """Import what a file of this person holds."""
    unpacking = Unpacking(ctx.ports.confined, op.content, op.name, ctx.language)
    importing = _Importing(ctx, op, person_id)
    async with aclosing(unpacking.files()) as files:
        async for file in files:
            await importing.take(file)
    importing.raise_the_only_problem()
    rows = importing.rows
    ctx.touched("person", person_id, files=op.name, imported=[str(one) for one in importing.stored])
    return ActivitiesImported(
        dry_run=op.dry_run,
        imported=sum(row.outcome is Outcome.IMPORTED for row in rows),
        duplicates=sum(row.outcome is Outcome.DUPLICATE for row in rows),
        refused=sum(row.outcome is Outcome.REFUSED for row in rows),
        others=unpacking.others,
        tracks=tuple(rows),
    )


class _Importing:
    """One import on its way: what became of each recording so far."""

    def __init__(self, ctx: TenantContext, op: ImportActivities, person_id: UUID) -> None:
        self._ctx, self._op, self._person_id = ctx, op, person_id
        self._problems: list[Problem] = []
        self._seen: list[tuple[datetime, timedelta]] = []  # in a dry run, what would be there by now
        self.rows: list[ImportedTrack] = []
        self.stored: list[UUID] = []

    async def take(self, file: ReadFile) -> None:
        """Import the recordings of one file."""
        for problem in file.refused:
            self._refuse(file.name, problem, None)
        if not file.tracks:
            return
        await queries.hold_imports(self._ctx.tx, self._person_id)
        digest = sha256(file.content).hexdigest()
        for place, read in enumerate(file.tracks):
            if (wrong := self._problem_of(read)) is not None:
                self._refuse(file.name, wrong, read)
            else:
                await self._import(file, read, digest, place)

    def raise_the_only_problem(self) -> None:
        """Raise what is wrong with a file when that is all there is to say of it."""
        if len(self.rows) == len(self._problems) == 1:
            raise self._problems[0]

    def _problem_of(self, read: ReadTrack) -> Problem | None:
        if len(read.track) > MOST_POINTS:
            data = {"reason": "points", "limit": MOST_POINTS}
            return FileTooLarge(
                **data, why=locale.text("tracking.file_reason.points", self._ctx.language, limit=MOST_POINTS)
            )
        ended_at = moment(int(read.track.ts[-1]))
        if ended_at > self._ctx.now + CLOCK_TOLERANCE:
            return FileInFuture(ended_at=ended_at.isoformat(timespec="seconds"))
        return None

    def _refuse(self, name: str, problem: Problem, read: ReadTrack | None) -> None:
        self._problems.append(problem)
        reason = locale.text(problem.code, self._ctx.language, **problem.data)
        self._tell(name, Outcome.REFUSED, read, code=problem.code, reason=reason)

    async def _import(self, file: ReadFile, read: ReadTrack, digest: str, place: int) -> None:
        ctx, op, track = self._ctx, self._op, read.track
        sport = op.sport or read.sport or Sport.OTHER
        of_file = f"sha256:{digest}:{place}"
        key = read.source_key or of_file
        if self._would_be_there(track):
            self._tell(file.name, Outcome.DUPLICATE, read, sport=sport)
            return
        if (repeated := await self._repeated(track, [key, of_file])) is not None:
            self._tell(file.name, Outcome.DUPLICATE, read, activity_id=repeated, sport=sport)
            return
        if op.dry_run:
            shape = await asyncio.to_thread(shaped, track, sport, [(first, last) for first, last in read.pauses])
            self._seen.append(_span(track))
            self._tell(file.name, Outcome.IMPORTED, read, sport=sport, distance_m=round(float(shape.metres[-1]), 1))
            return
        packing = asyncio.ensure_future(asyncio.to_thread(zlib.compress, file.content, _QUICKLY))
        activity_id = await store(
            ctx,
            person_id=self._person_id,
            sport=sport,
            track=track,
            source="file",
            source_key=key,
            title=read.title[:LONGEST_TITLE] if read.title else None,
            visibility=op.visibility,
            pauses=read.pauses,
        )
        packed = await packing
        assert activity_id is not None, "who else imports for this person waits"
        await queries.keep(
            ctx.tx,
            ctx.tenant_id,
            activity_id,
            name=file.name[-LONGEST_NAME:],
            media_type=_media_type(file.name),
            sha256=digest,
            size=len(file.content),
            content=packed,
        )
        self.stored.append(activity_id)
        row = await activities.activity(ctx.tx, ctx.tenant_id, activity_id)
        assert row is not None
        self._tell(file.name, Outcome.IMPORTED, read, activity_id=activity_id, sport=sport, distance_m=row.distance_m)

    def _would_be_there(self, track: Track) -> bool:
        started_at, lasted = _span(track)
        return any(
            abs(other_start - started_at) <= NEAR and abs(other_lasted - lasted) <= _alike(lasted)
            for other_start, other_lasted in self._seen
        )

    async def _repeated(self, track: Track, keys: list[str]) -> UUID | None:
        started_at, lasted = _span(track)
        return await queries.repeated(
            self._ctx.tx,
            self._ctx.tenant_id,
            self._person_id,
            source_keys=keys,
            started_at=started_at,
            near=NEAR,
            lasted=lasted,
            alike=_alike(lasted),
        )

    def _tell(self, name: str, outcome: Outcome, read: ReadTrack | None, **more: Any) -> None:
        began, lasted = (None, None) if read is None else _span(read.track)
        told: dict[str, Any] = {
            "activity_id": None,
            "sport": None if read is None else read.sport,
            "title": None if read is None else read.title,
            "started_at": began,
            "elapsed_s": None if lasted is None else round(lasted.total_seconds()),
            "distance_m": None,
            "points": 0 if read is None else len(read.track),
            "skipped": {} if read is None else read.skipped,
            "code": None,
            "reason": None,
        }
        self.rows.append(ImportedTrack(file=name, outcome=outcome, **{**told, **more}))


def _span(track: Track) -> tuple[datetime, timedelta]:
    first, last = moment(int(track.ts[0])), moment(int(track.ts[-1]))
    return first, last - first


def _alike(lasted: timedelta) -> timedelta:
    return max(ALIKE_LEAST, ALIKE_SHARE * lasted)


def _media_type(name: str) -> str:
    return ORIGINAL_TYPES.get(name.lower().rpartition(".")[2], ORIGINAL_TYPES[""])


@handles(ShowOriginalFile)
async def show_original_file(ctx: TenantContext, op: ShowOriginalFile) -> ActivityAsFile:
    """The file, byte for byte."""
    row = await access_own(ctx, op.activity_id, locked=False)
    file = await queries.file_of(ctx.tx, ctx.tenant_id, row.id)
    if file is None:
        raise NoOriginal(activity_id=str(row.id))
    content = await asyncio.to_thread(zlib.decompress, file.content)
    return ActivityAsFile(name=file.name.rpartition("/")[2], media_type=file.media_type, content=content)


@handles(ExportActivity)
async def export_activity(ctx: TenantContext, op: ExportActivity) -> ActivityAsFile:
    """The activity as the caller may see it, written in a format of others."""
    row = await access_activity(ctx, op.activity_id)
    track = await stored_track(ctx, row.id)
    pauses = row.pauses
    mine = is_owner(ctx, row)
    seen = np.ones(len(track), np.bool_)
    if not mine:
        zones = (await points.zones(ctx.tx, ctx.tenant_id, [row.person_id]))[row.person_id]
        # Where somebody was at which moment tells how fast they were.
        seen = visible(track, zones) & (not {Hidden.MAP, Hidden.SPEED} & set(row.hidden))
    if not seen.any():
        raise NothingToExport(activity_id=str(row.id))
    begins = _begins(track, seen, pauses)
    shown = track[seen]
    shift = row.clock_shift_ms
    if not mine:
        if Hidden.HEART_RATE in row.hidden:
            shown = replace(shown, heart_rate=np.zeros_like(shown.heart_rate))
        if Hidden.START_TIME in row.hidden:
            day = datetime.combine(local_day(row.started_at, ctx.timezone), time(), UTC)
            shift = int(track.ts[0]) - milliseconds(day)
    outing = writing.Outing(replace(shown, ts=shown.ts - shift), Sport(row.sport), row.title, begins)
    content = await asyncio.to_thread(writing.written, op.format, outing)
    name = f"{moment(int(outing.track.ts[0])):%Y-%m-%d}-{row.sport}-{row.id.hex[-8:]}.{op.format.value}"
    return ActivityAsFile(name=name, media_type=FILE_TYPES[op.format], content=content)


def _begins(track: Track, seen: Any, pauses: list[list[int]]) -> list[int]:
    """The places, among the points seen, at which a segment begins: after a pause, and after what was cut out."""
    kept = np.flatnonzero(seen)
    after_cuts = {here for here, (before, after) in enumerate(pairwise(kept.tolist()), 1) if after - before > 1}
    after_pauses = {int(place) for place in np.searchsorted(track.ts[kept], [last for _, last in pauses])}
    return sorted({0} | after_cuts | {place for place in after_pauses if place < len(kept)})
