"""Somebody at a phone, for tests of the dialogue: each thing said is kept, answered once, and handed back."""

import secrets
from dataclasses import dataclass, field
from uuid import UUID

import httpx

from pp_bots.dialogue import conversation
from pp_core.kernel.ids import ussd_turn_key
from pp_core.notifications.operations import GetTurn, ReceiveText, Understood
from pp_core.tenants.operations import ConnectChannel
from tests.conftest import Gym

SERVICE_CODE = "*384*77#"


@dataclass
class Texter:
    """One phone that writes to one short code."""

    gym: Gym
    phone: str
    address: str = "20880"

    async def say(self, text: str, gateway_id: str | None = None) -> Understood:
        """Write a text; what was understood and answered."""
        known = gateway_id or f"ATXid_{secrets.token_hex(12)}"
        kept = await self.gym.system.run(
            ReceiveText(channel="sms", gateway_id=known, sender=self.phone, address=self.address, text=text)
        )
        await conversation.answer(self.gym.system, kept.text_id)
        return await self.gym.system.run(GetTurn(channel="sms", gateway_id=known))

    async def hears(self, text: str) -> str:
        """Write a text that is answered: the answer."""
        reply = (await self.say(text)).reply
        assert reply is not None, f"{text!r} was not answered"
        return reply


@dataclass
class Chatter:
    """One chat with a bot, whose owner shared their phone with it."""

    gym: Gym
    bot: str
    chat: str = field(default_factory=lambda: str(secrets.randbelow(10**9)))
    token: str = ""  # which the buttons of the last answer carry

    async def say(self, text: str, sort: str = "text", **more: str) -> Understood:
        """Write, edit or press; what was understood and answered. `more` are facts that Telegram tells with it."""
        known = secrets.token_hex(12)
        kept = await self.gym.system.run(
            ReceiveText(
                channel="telegram",
                gateway_id=known,
                sender=self.chat,
                address=self.bot,
                text=text,
                sort=sort,
                **more,
            )
        )
        self.token = kept.text_id.hex[-8:]
        await conversation.answer(self.gym.system, kept.text_id)
        return await self.gym.system.run(GetTurn(channel="telegram", gateway_id=known))


@dataclass
class Dialler:
    """One phone that dials one service code, as the gateway shows it to us: all inputs of a session, joined."""

    gym: Gym
    phone: str
    code: str = SERVICE_CODE
    session: str = ""
    inputs: list[str] = field(default_factory=list)

    async def dial(self, *inputs: str) -> str:
        """Begin a session, with inputs straight after the code where given."""
        self.session, self.inputs = f"ATUid_{secrets.token_hex(12)}", list(inputs)
        return await self.post()

    async def type(self, said: str) -> str:
        """Answer the page."""
        self.inputs.append(said)
        return await self.post()

    async def post(self) -> str:
        """What the gateway posts for where the session stands; posted again it is the same turn."""
        return await self.page("*".join(self.inputs))

    async def page(self, text: str) -> str:
        """The page for all that was typed."""
        kept = await self.keep(text)
        return (await conversation.answer(self.gym.system, kept)).reply or ""

    async def keep(self, text: str) -> UUID:
        """Keep the turn without answering it."""
        key = ussd_turn_key(self.code, self.phone, self.session, text)
        taken = await self.gym.system.run(
            ReceiveText(
                channel="ussd", gateway_id=key, sender=self.phone, address=self.code, text=text, session=self.session
            )
        )
        return taken.text_id


@dataclass
class Handset:
    """One phone at the USSD gateway, which posts what is dialled and typed to our webhook."""

    http: httpx.AsyncClient
    phone: str
    code: str = SERVICE_CODE
    token: str = "test-callback-token"
    session: str = ""
    inputs: list[str] = field(default_factory=list)

    async def dial(self, *inputs: str) -> str:
        """Begin a session, with inputs straight after the code where given."""
        self.session, self.inputs = f"ATUid_{secrets.token_hex(12)}", list(inputs)
        return await self.post()

    async def type(self, said: str) -> str:
        """Answer the page."""
        self.inputs.append(said)
        return await self.post()

    async def post(self) -> str:
        """The page for where the session stands; the same one however often it is posted."""
        answer = await self.http.post(f"/hooks/ussd/{self.token}", data=self.form())
        assert answer.status_code == 200, answer.text
        return answer.text

    def form(self) -> dict[str, str]:
        """What the gateway posts for a page."""
        return {
            "sessionId": self.session,
            "phoneNumber": self.phone,
            "networkCode": "63902",
            "serviceCode": self.code,
            "text": "*".join(self.inputs),
        }

    async def hang_up(self, status: str = "Success", **more: str) -> httpx.Response:
        """What the gateway posts when the session is over."""
        ended = {
            "date": "2026-11-21 07:00:00",
            "status": status,
            "cost": "KES 0.8000",
            "durationInMillis": "9000",
            "hopsCount": str(len(self.inputs) + 1),
            "input": "*".join(self.inputs),
            "lastAppResponse": "END",
            "errorMessage": "None",
        }
        return await self.http.post(f"/hooks/ussd/{self.token}/ended", data={**self.form(), **ended, **more})


async def own_code(gym: Gym, kind: str = "ussd") -> str:
    """A service code, short code or bot that is this gym's own."""
    address = {
        "ussd": f"*384*{secrets.randbelow(90000) + 10000}#",
        "sms": str(secrets.randbelow(90000) + 10000),
        "telegram": f"gym_{secrets.token_hex(5)}_bot",
    }[kind]
    await gym.operator.run(ConnectChannel(kind=kind, address=address))
    return address
