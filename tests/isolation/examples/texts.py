"""Examples of texts that come in and messages that go out."""

from pp_core.notifications import operations as notifications
from tests.isolation.world import Caller, World

from .registry import EXAMPLES, example, gateway_id, kept_text, naming, simple, word

simple(notifications.ListMessages)
simple(notifications.ListUnread)
naming(notifications.SendMessage, text=lambda: f"Karibu {word()}")


@example(notifications.ReceiveText)
async def receive_text(world: World, caller: Caller) -> notifications.ReceiveText:
    """From a member."""
    member = await world.member(caller.gym)
    assert member.phone is not None
    return notifications.ReceiveText(
        channel="sms", gateway_id=gateway_id(), sender=member.phone, address="22384", text="squat 5x5 100"
    )


@example(notifications.GetText)
async def get_text(world: World, caller: Caller) -> notifications.GetText:
    """One that was kept."""
    return notifications.GetText(text_id=await kept_text(world, caller))


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
