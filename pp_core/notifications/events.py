"""Facts about texts and messages."""

from typing import ClassVar
from uuid import UUID

from pp_core.kernel.events import Event


class TextReceived(Event):
    """A text came in and is kept."""

    name: ClassVar = "notifications.text.received"

    text_id: UUID


class MessageQueued(Event):
    """A message waits to be handed to its gateway."""

    name: ClassVar = "notifications.message.queued"

    message_id: UUID


class MessageFinished(Event):
    """Nothing more will be heard of a message: `status` says what became of it."""

    name: ClassVar = "notifications.message.finished"

    message_id: UUID
    status: str
