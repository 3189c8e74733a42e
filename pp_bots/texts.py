"""Answering what came in: in the worker, and for a USSD page within its request."""

from typing import Any
from uuid import UUID

from pp_bots.channels import ussd
from pp_bots.dialogue import conversation
from pp_core.client.local import LocalClient
from pp_core.notifications.operations import FollowUp


async def answer(client: LocalClient, event: dict[str, Any]) -> None:
    """Answer one kept text, once, however often the event is delivered.

    A USSD turn comes here when its own request could not finish it: the page is long gone, so the answer goes by text.
    """
    text_id = UUID(event["text_id"])
    answered = await conversation.answer(client, text_id)
    if answered.channel == "ussd":
        await late(client, text_id, answered.reply)


async def turn(client: LocalClient, text_id: UUID) -> str:
    """The page that answers a USSD turn."""
    return (await conversation.answer(client, text_id)).reply or ""


async def late(client: LocalClient, text_id: UUID, page: str | None) -> None:
    """Send by text what a page would have said."""
    if page:
        await client.run(FollowUp(text_id=text_id, text=ussd.as_text(page)))
