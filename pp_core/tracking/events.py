"""Facts about activities; they carry ids only."""

from typing import ClassVar
from uuid import UUID

from pp_core.kernel.events import Event


class ActivityStarted(Event):
    """Somebody set out."""

    name: ClassVar = "tracking.activity.started"
    subject: ClassVar = "activity_id"

    activity_id: UUID
    person_id: UUID


class ActivityPaused(Event):
    """Somebody paused, or went on."""

    name: ClassVar = "tracking.activity.paused"
    subject: ClassVar = "activity_id"

    activity_id: UUID
    person_id: UUID


class PointsIngested(Event):
    """Points of live activities were stored: the activities that one flush touched in one gym."""

    name: ClassVar = "tracking.point.ingested"
    subject: ClassVar = "activity_id"

    activity_id: UUID
    count: int


class ActivityFinished(Event):
    """An activity is over, or came whole, and has its summary."""

    name: ClassVar = "tracking.activity.finished"
    subject: ClassVar = "activity_id"

    activity_id: UUID
    person_id: UUID


class ActivitySummarised(Event):
    """A finished activity was summarised anew: it was edited, or late points came."""

    name: ClassVar = "tracking.activity.summarised"
    subject: ClassVar = "activity_id"

    activity_id: UUID
    person_id: UUID


class StreetsWanted(Event):
    """A finished activity is to be laid on streets, by the server that an operator named."""

    name: ClassVar = "tracking.streets.wanted"

    activity_id: UUID


class ActivityRemoved(Event):
    """An activity was deleted."""

    name: ClassVar = "tracking.activity.deleted"
    subject: ClassVar = "activity_id"

    activity_id: UUID
    person_id: UUID


class RecordSet(Event):
    """An activity holds a personal record that it took from another, or the first of its kind."""

    name: ClassVar = "tracking.record.set"
    subject: ClassVar = "activity_id"

    activity_id: UUID
    person_id: UUID
    measure: str


class SegmentDrawn(Event):
    """A segment was drawn, and what was done before is to be held against it, from the activity before `after` on."""

    name: ClassVar = "tracking.segment.drawn"
    subject: ClassVar = "segment_id"

    segment_id: UUID
    after: UUID | None = None


class ChatFileSent(Event):
    """Somebody sent a file to the bot that may be an activity; all of it are the messenger's ids."""

    name: ClassVar = "tracking.chat_file.sent"

    gateway_id: str
    bot: str
    chat: str
    file: str
