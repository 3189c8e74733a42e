"""Examples of texts that come in and messages that go out."""

from pp_core.notifications import operations as notifications
from tests.isolation.world import Caller, World

from .registry import EXAMPLES, example, gateway_id, kept_text, naming, simple, word

simple(notifications.ListMessages)
simple(notifications.ListUnread)
simple(notifications.ListOptOuts)
simple(notifications.MessageCosts)
simple(notifications.PreviewMessage, text=lambda: "Karibu tena")
naming(notifications.RecordOptOut)
naming(notifications.SendMessage, text=lambda: f"Karibu {word()}")


@example(notifications.ReceiveText)
async def receive_text(world: World, caller: Caller) -> notifications.ReceiveText:
    """From a member."""
    member = await world.member(caller.gym)
    assert member.phone is not None
    return notifications.ReceiveText(
        channel="sms", gateway_id=gateway_id(), sender=member.phone, address="22384", text="squat 5x5 100"
    )


@example(notifications.TakeTurn)
async def take_turn(world: World, caller: Caller) -> notifications.TakeTurn:
    """One that was kept."""
    return notifications.TakeTurn(text_id=await kept_text(world, caller), over=True)


@example(notifications.GetTurn)
async def get_turn(world: World, caller: Caller) -> notifications.GetTurn:
    """One that was kept."""
    kept = await receive_text(world, caller)
    await caller.gym.system.run(kept)
    return notifications.GetTurn(channel=kept.channel, gateway_id=kept.gateway_id)


@example(notifications.LinkChat)
async def link_chat(world: World, caller: Caller) -> notifications.LinkChat:
    """Of a member."""
    member = await world.member(caller.gym)
    assert member.phone is not None
    return notifications.LinkChat(address="progress_bot", chat=word(), phone=member.phone)


@example(notifications.EndSession)
async def end_session(world: World, caller: Caller) -> notifications.EndSession:
    """A session that went well."""
    return notifications.EndSession(
        session=gateway_id(), phone="+254711000001", service_code="*384*77#", status="Success", cost_minor=120
    )


simple(notifications.PickUpTurns)


@example(notifications.FollowUp)
async def follow_up(world: World, caller: Caller) -> notifications.FollowUp:
    """Of a page that went out without its answer."""
    member = await world.member(caller.gym)
    assert member.phone is not None
    turn = notifications.ReceiveText(
        channel="ussd", gateway_id=gateway_id(), sender=member.phone, address="*384*77#", text="1", session=word()
    )
    kept = await caller.gym.system.run(turn)
    return notifications.FollowUp(text_id=kept.text_id, text="Karibu!")


@example(notifications.AnswerText)
async def answer_text(world: World, caller: Caller) -> notifications.AnswerText:
    """Of somebody known."""
    return notifications.AnswerText(
        text_id=await kept_text(world, caller),
        reply="Sijaelewa. Andika: squat 5x5 100",
        intent="unknown",
        understood=False,
        tenant_id=caller.gym.id,
        person_id=caller.person_id,
    )


@example(notifications.RecordDelivery)
async def record_delivery(world: World, caller: Caller) -> notifications.RecordDelivery:
    """Of a message that went out."""
    known = gateway_id()
    sent = await caller.gym.operator.run(await EXAMPLES["notifications.send"](world, caller))
    world.admin.execute(
        "UPDATE outgoing_messages SET gateway_id = %s, status = 'sent', attempts = 1, attempted_at = now() WHERE id = %s",
        [known, sent.id],
    )
    return notifications.RecordDelivery(gateway_id=known, status="Success", delivered=True, final=True)


@example(notifications.OptOut)
async def opt_out(world: World, caller: Caller) -> notifications.OptOut:
    """Of a member, from their gym."""
    member = await world.member(caller.gym)
    assert member.phone is not None
    return notifications.OptOut(phone=member.phone, tenant_ids=[caller.gym.id], source="text", address="22384")


@example(notifications.OptIn)
async def opt_in(world: World, caller: Caller) -> notifications.OptIn:
    """Of a member who opted out."""
    out = await opt_out(world, caller)
    await caller.gym.system.run(out)
    return notifications.OptIn(phone=out.phone, tenant_ids=out.tenant_ids, address="22384")


@example(notifications.AnswerUnread)
async def answer_unread(world: World, caller: Caller) -> notifications.AnswerUnread:
    """One that was not understood."""
    answer = await answer_text(world, caller)
    await caller.gym.system.run(answer)
    return notifications.AnswerUnread(text_id=answer.text_id, reply=f"Karibu {word()}")
