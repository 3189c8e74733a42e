"""Streams of points as a server door holds them: opened by an operation, asked again now and then, written past the pipeline."""

from uuid import UUID

from pp_core.kernel.call import Call
from pp_core.tracking.ingest import Figures, Stream, Written
from pp_core.tracking.operations.points import OpenTrack, TrackOpened
from pp_core.tracking.rules.validation import CUT_OFF, Point

from .live import RECHECK_SECONDS
from .wiring import Runtime

__all__ = ["CUT_OFF", "RECHECK_SECONDS", "Figures", "Point", "Stream", "TrackOpened", "Written", "admit", "open_stream"]


async def admit(runtime: Runtime, call: Call, activity_id: UUID | None) -> TrackOpened:
    """Whether the caller may send this activity's points, and what there is of it; raises the problem that forbids it."""
    return await runtime.pulse.run(OpenTrack(activity_id=activity_id), call)


async def open_stream(runtime: Runtime, call: Call, activity_id: UUID | None) -> tuple[Stream, TrackOpened]:
    """Open the stream of an activity (None: the caller's live one) for somebody who may send its points."""
    opened = await admit(runtime, call, activity_id)
    return runtime.ingest.open(opened), opened
