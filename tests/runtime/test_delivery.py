"""Delivery: each reaction under the correlation id of what caused it, and no failure hides another."""

import secrets
from typing import Any
from uuid import UUID

import pytest

from pp_core.kernel.db.statement import sql
from pp_core.kernel.ids import PLATFORM
from pp_core.notifications.operations import ReceiveText
from pp_core.runtime.delivery import Deliverer
from pp_core.runtime.worker import Worker
from pp_core.tenants.operations import ListMembers
from tests.conftest import Gym, new_phone

_LAST = sql(
    "SELECT id, correlation_id FROM outbox WHERE tenant_id = %(tenant)s AND name = %(name)s ORDER BY id DESC LIMIT 1"
)


async def last_event(gym: Gym, tenant_id: UUID, name: str) -> Any:
    async with gym.runtime.pulse.system("test", tenant_id, "") as ctx:
        return await ctx.tx.one(_LAST, tenant=tenant_id, name=name)


async def test_an_answer_carries_the_correlation_id_of_the_text(gym: Gym, worker: Worker) -> None:
    call = gym.call(gym.system.credentials, correlation_id=secrets.token_hex(16))
    amina = await gym.add_member()
    text = ReceiveText(
        channel="sms", gateway_id=secrets.token_hex(8), sender=amina.phone, address="20880", text="squat 5x5"
    )
    await gym.runtime.pulse.run(text, call)
    await worker.drain()
    for name in ("workout.session.completed", "notifications.message.queued"):
        assert (await last_event(gym, gym.id, name)).correlation_id == call.correlation_id, name


async def test_a_door_that_fails_is_tried_again(gym: Gym) -> None:
    text = ReceiveText(
        channel="sms", gateway_id=secrets.token_hex(8), sender=new_phone(), address="20880", text="squat"
    )
    await gym.system.run(text)
    event = await last_event(gym, PLATFORM, "notifications.text.received")

    async def broken(payload: dict[str, Any], correlation_id: str) -> None:
        raise RuntimeError("broken")

    deliverer = Deliverer(gym.runtime.pulse, gym.runtime.ports, {"notifications.text.received": broken})
    with pytest.raises(RuntimeError, match="broken"):
        await deliverer.deliver(PLATFORM, event.id)
    assert (await gym.operator.run(ListMembers())).items  # and its connections are free again
