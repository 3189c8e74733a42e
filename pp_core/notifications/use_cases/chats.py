"""What happens to chats that belong to phones, and to USSD sessions."""

from datetime import timedelta

from pp_core.kernel.context import SystemContext
from pp_core.kernel.handlers import handles
from pp_core.kernel.ids import new_id
from pp_core.kernel.operation import Done
from pp_core.notifications.events import TextReceived
from pp_core.notifications.operations.chats import EndSession, FollowUp, LinkChat, PickUpTurns
from pp_core.notifications.public import queue_text
from pp_core.notifications.queries import chats as queries
from pp_core.notifications.queries import texts
from pp_core.notifications.rules import OVERDUE_SECONDS, TOO_LATE_SECONDS
from pp_core.tenants.public import gym_of_channel


@handles(LinkChat)
async def link_chat(ctx: SystemContext, op: LinkChat) -> Done:
    """One chat for a phone, and one phone for a chat."""
    await queries.link(ctx.tx, id=new_id(), address=op.address, chat=op.chat, phone=op.phone, at=ctx.now)
    return Done()


@handles(EndSession)
async def end_session(ctx: SystemContext, op: EndSession) -> Done:
    """Keep the gateway's word on a session, for the gym that owns the code."""
    gym = await gym_of_channel(ctx, "ussd", op.service_code)
    await queries.end_session(ctx.tx, id=new_id(), tenant_id=gym, ended_at=ctx.now, **op.model_dump())
    return Done()


@handles(PickUpTurns)
async def pick_up_turns(ctx: SystemContext, op: PickUpTurns) -> Done:
    """Those old enough that nobody is at work on them, and young enough that an answer still helps."""
    until = ctx.now - timedelta(seconds=OVERDUE_SECONDS)
    since = ctx.now - timedelta(seconds=TOO_LATE_SECONDS)
    for text_id in await texts.pick_up(ctx.tx, since=since, until=until, at=ctx.now):
        ctx.emit(TextReceived(text_id=text_id))
    return Done()


@handles(FollowUp)
async def follow_up(ctx: SystemContext, op: FollowUp) -> Done:
    """A text from the gym to whom the turn belonged; from the platform where nobody knows them."""
    row = await texts.claim_follow_up(ctx.tx, op.text_id, at=ctx.now)
    if row is None:
        return Done()
    gym = await ctx.enter_gym(row.tenant_id) if row.tenant_id is not None else None
    await queue_text(
        gym or ctx, to=row.sender, text=op.text, purpose="reply", person_id=row.person_id, text_id=op.text_id
    )
    return Done()
