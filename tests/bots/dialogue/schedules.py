"""People whose callbacks come once and in order, or again, late, at once and to servers that die: both must end the same.

A script is what a person does; `live` does it. A careful world delivers each callback once. A rough one delivers it up to four
times, some at once, some after newer ones, and lets servers and workers die at any operation's boundary, to be tried again.
"""

import asyncio
import json
import random
import re
import secrets
from collections import defaultdict
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlencode
from uuid import UUID

import httpx
import psycopg

from pp_core.client.local import door_reactions
from pp_core.kernel.ids import ussd_turn_key
from pp_core.kernel.locale import LANGUAGES
from pp_core.kernel.locale import text as worded
from pp_core.memberships.operations import SellMembership, ShowDoorCode
from pp_core.runtime.delivery import Deliverer
from tests.bots.dialogue.deaths import FatalPulse, luck
from tests.bots.dialogue.scripts import Step
from tests.bots.talking import own_code
from tests.conftest import Gateway, Gym, new_phone

TOKEN = "test-callback-token"
SECRET = "the_secret-that-Telegram-was-told"
APOLOGIES = {"END " + " ".join(worded(key, one) for one in LANGUAGES) for key in ("ussd.away", "ussd.unfinished")}
MOST_COPIES = 4


@dataclass
class World:
    """A gym with channels of its own, the doors it is reached through, and the delivery of what they kept."""

    gym: Gym
    http: httpx.AsyncClient
    pulse: FatalPulse
    gateway: Gateway
    admin: psycopg.Connection[Any]
    bot: str
    codes: dict[str, str] = field(default_factory=dict)
    door_code: str = ""
    deliverer: Deliverer = field(init=False)

    async def open(self) -> None:
        """Connect the channels and show the desk's code."""
        pulse: Any = self.pulse
        self.deliverer = Deliverer(pulse, self.gym.runtime.ports, door_reactions(pulse))
        self.codes = {kind: await own_code(self.gym, kind) for kind in ("sms", "ussd")}
        self.door_code = (await self.gym.operator.run(ShowDoorCode())).code
        self.admin.execute("CREATE INDEX IF NOT EXISTS outbox_text ON outbox ((payload->>'text_id'))")
        self.admin.execute("CREATE INDEX IF NOT EXISTS outbox_message ON outbox ((payload->>'message_id'))")

    def rows(self, statement: str, *values: object) -> list[tuple[Any, ...]]:
        return self.admin.execute(statement.encode(), values).fetchall()


@dataclass
class Person:
    """Somebody with a phone and a Telegram chat, their script half done; `answers` are all that each callback was told."""

    world: World
    rough: random.Random | None
    phone: str = field(default_factory=new_phone)
    chat: int = field(default_factory=lambda: secrets.randbelow(10**12) + 10**6)
    session: str = ""
    inputs: list[str] = field(default_factory=list)
    page: str = ""
    last_message: int = 0
    answers: dict[str, set[str]] = field(default_factory=lambda: defaultdict(set))
    late: list[Callable[[], Any]] = field(default_factory=list)
    loose: list["asyncio.Task[Any]"] = field(default_factory=list)
    waits: list["asyncio.Task[Any]"] = field(default_factory=list)
    count: int = 0

    async def live(self, script: list[Step]) -> None:
        """Do everything in the script, and let all that comes late come."""
        known = script[0] == ("member",)
        if known:
            member = await self.world.gym.add_member(phone=self.phone)
            await self.world.gym.operator.run(SellMembership(member=member.code, plan="MONTHLY"))
        for what, *said in script[1:] if known else script:
            if not what.startswith("sms"):
                await self._settle()
            await getattr(self, f"_{what}")(*said)
            self._let_come(0.4)
        await self._settle()
        self._let_come(1.0)
        await self._settle()
        await asyncio.gather(*self.loose)
        for path, body in self._reports():
            await self._deliver(path, body, lambda answer: answer.status_code == 200)
        self._let_come(1.0)
        await asyncio.gather(*self.loose)

    # By USSD

    async def _dial(self, *inputs: str) -> None:
        self.session, self.inputs = f"ATUid_{secrets.token_hex(12)}", list(inputs)
        await self._turn()

    async def _type(self, said: str) -> None:
        self.inputs.append(said)
        await self._turn()

    async def _choose(self, key: str) -> None:
        """Type the number of a task, behind as many `98` as it takes, from the menu."""
        titles = "|".join(re.escape(worded(f"{key}.title", language)) for language in LANGUAGES)
        for _ in range(4):
            found = re.search(rf"^(\d+) (?:{titles})$", self.page, re.MULTILINE)
            if found is not None:
                await self._type(found[1])
                return
            await self._type("98" if "98 " in self.page else "00")
        raise AssertionError(f"{key} is not in the menu: {self.page}")

    async def _session(self, said: str) -> None:
        """Dial, unless a session goes on that has room for more, and type."""
        if not self.page.startswith("CON ") or len("*".join((*self.inputs, said))) > 5000:
            await self._dial()
        await self._type(said)

    async def _turn(self) -> None:
        form = self._form()
        key = ussd_turn_key(form["serviceCode"], form["phoneNumber"], form["sessionId"], kept_as(form["text"]))
        self.page = await self._deliver(f"/hooks/ussd/{TOKEN}", form, lambda one: one.text not in APOLOGIES, key)

    async def _hang_up(self, status: str) -> None:
        ended = {"status": status, "cost": "KES 0.8000", "durationInMillis": "4000", "hopsCount": "2"}
        await self._deliver(
            f"/hooks/ussd/{TOKEN}/ended", {**self._form(), **ended}, lambda answer: answer.status_code == 200
        )

    def _form(self) -> dict[str, str]:
        return {
            "sessionId": self.session,
            "phoneNumber": self.phone,
            "networkCode": "63902",
            "serviceCode": self.world.codes["ussd"],
            "text": "*".join(self.inputs),
        }

    async def _desk(self) -> None:
        await self._type(self.world.door_code)

    # By SMS

    async def _sms(self, said: str) -> None:
        form = {
            "id": f"ATXid_{secrets.token_hex(12)}",
            "from": self.phone,
            "to": self.world.codes["sms"],
            "text": said,
            "date": "2026-11-21 07:00:00",
        }
        await self._deliver(f"/hooks/sms/{TOKEN}/incoming", form, lambda one: one.status_code == 200)
        await self._answered("sms", form["id"])

    async def _sms_desk(self) -> None:
        await self._sms(f"checkin {self.world.door_code}")

    async def _opt_out(self) -> None:
        """It has no id: one that comes after they wrote START would be another."""
        form = {"senderId": self.world.codes["sms"], "phoneNumber": self.phone}
        await self._deliver(f"/hooks/sms/{TOKEN}/opt-out", form, lambda one: one.status_code == 200, late=False)

    def _reports(self) -> list[tuple[str, dict[str, str]]]:
        sent = self.world.rows(
            "SELECT gateway_id FROM outgoing_messages WHERE recipient = %s AND gateway_id IS NOT NULL", self.phone
        )
        return [
            (f"/hooks/sms/{TOKEN}/report", {"id": one, "status": status, "phoneNumber": self.phone})
            for (one,) in sent
            for status in ("Sent", "Success")
        ]

    # By Telegram

    async def _tg(self, said: str) -> None:
        self.last_message += 1
        await self._update(message={**self._message(self.last_message), "text": said})

    async def _tg_contact(self) -> None:
        self.last_message += 1
        contact = {"phone_number": self.phone, "first_name": "Amina", "user_id": self.chat}
        await self._update(message={**self._message(self.last_message), "contact": contact})

    async def _tg_edit(self, said: str) -> None:
        await self._update(edited_message={**self._message(self.last_message), "text": said, "edit_date": 1795241099})

    async def _tg_press(self, place: str) -> None:
        """Press a button of the last message that had some."""
        found = self.world.rows(
            "SELECT buttons FROM outgoing_messages WHERE recipient = %s AND jsonb_array_length(buttons->'rows') > 0"
            " ORDER BY id DESC LIMIT 1", str(self.chat),
        )  # fmt: skip
        if found:
            buttons = [one for row in found[0][0]["rows"] for one in row]
            data = buttons[int(place) % len(buttons)]["data"]
            query = {"id": secrets.token_hex(8), "from": self._who(), "chat_instance": "1", "data": data}
            await self._update(callback_query={**query, "message": self._message(1)})

    def _message(self, number: int) -> dict[str, Any]:
        chat = {"id": self.chat, "first_name": "Amina", "type": "private"}
        return {"message_id": number, "from": self._who(), "chat": chat, "date": 1795241085}

    def _who(self) -> dict[str, Any]:
        return {"id": self.chat, "is_bot": False, "first_name": "Amina", "language_code": "en"}

    async def _update(self, **kinds: Any) -> None:
        update = {"update_id": secrets.randbelow(2**31), **kinds}
        await self._deliver("/hooks/telegram", update, lambda one: one.status_code == 200)
        await self._answered("telegram", f"{self.world.bot.partition(':')[0]}:{update['update_id']}")
        await self._settle()

    # Once, or roughly

    async def _deliver(
        self, path: str, body: Any, heard: Callable[[httpx.Response], bool], key: str = "", late: bool = True
    ) -> str:
        """Post a callback until somebody hears it; roughly, also again and later. Returns what it was told."""
        world = self.world

        async def post(unlucky: bool) -> httpx.Response:
            if unlucky and self.rough is not None:
                luck.set(random.Random(self.rough.random()))
            headers = {"Content-Type": "application/x-www-form-urlencoded", "X-Telegram-Bot-Api-Secret-Token": SECRET}
            sent = {"content": json.dumps(body)} if path == "/hooks/telegram" else {"content": _encoded(body)}
            headers |= {"Content-Type": "application/json"} if path == "/hooks/telegram" else {}
            answer = await world.http.post(path, headers=headers, **sent)
            assert answer.status_code in (200, 500, 503), answer.text
            assert not key or answer.status_code == 200, answer.text
            if key and heard(answer):
                self.answers[key].add(answer.text)
            return answer

        if self.rough is not None:
            copies = self.rough.choices(range(MOST_COPIES), (4, 3, 2, 1))[0]
            at_once = self.rough.randint(0, copies) if late else copies
            for _ in range(copies - at_once):
                self.late.append(lambda: post(unlucky=True))
            if late and self.rough.random() < 0.5:
                self.loose += [asyncio.create_task(post(unlucky=True)) for _ in range(at_once)]
            else:
                await asyncio.gather(*(asyncio.create_task(post(unlucky=True)) for _ in range(at_once)))
        unlucky = self.rough is not None
        while not heard(answer := await asyncio.create_task(post(unlucky))):
            assert self.rough is not None, f"{answer.status_code} {answer.text} for {body}"
            unlucky = self.rough.random() < 0.5
        return answer.text

    async def _answered(self, channel: str, gateway_id: str) -> None:
        """Let workers answer a kept text: one, or several that do not know of each other and may die."""
        [(text_id,)] = self.world.rows(
            "SELECT id FROM incoming_texts WHERE channel = %s AND gateway_id = %s", channel, gateway_id
        )
        workers = 1 if self.rough is None else self.rough.randint(1, 3)
        self.waits += [asyncio.create_task(self._work(text_id)) for _ in range(workers)]
        if self.rough is None:
            await self._settle()

    async def _work(self, text_id: UUID) -> None:
        rough = self.rough and random.Random(self.rough.random())
        await self._event("text_id", text_id, rough)
        messages = self.world.rows("SELECT id FROM outgoing_messages WHERE text_id = %s", text_id)
        for (message_id,) in messages:
            await self._event("message_id", message_id, None)

    async def _event(self, name: str, value: UUID, rough: random.Random | None) -> None:
        """A job that is tried until it succeeds."""
        for tenant_id, event_id in self.world.rows(
            f"SELECT tenant_id, id FROM outbox WHERE payload->>'{name}' = %s", str(value)
        ):
            async with asyncio.timeout(120):
                while True:
                    luck.set(rough if rough is None or rough.random() < 0.6 else None)
                    try:
                        await self.world.deliverer.deliver(tenant_id, event_id)
                        break
                    except Exception:
                        if self.rough is None:
                            raise
                        await asyncio.sleep(0.03)
            luck.set(None)

    async def _settle(self) -> None:
        waits, self.waits = self.waits, []
        await asyncio.gather(*waits)

    def _let_come(self, likely: float) -> None:
        """Some of what was held up arrives now, beside whatever comes next."""
        if self.rough is None:
            return
        stay = []
        for post in self.late:
            if self.rough.random() < likely:
                self.loose.append(asyncio.create_task(post()))
            else:
                stay.append(post)
        self.late = stay

    # What there is of it

    def facts(self) -> dict[str, Any]:
        """All rows that this person's script left, without what is theirs alone."""
        tenant, chat, phone = self.world.gym.id, str(self.chat), self.phone
        people = "SELECT id FROM people WHERE tenant_id = %s AND phone = %s"
        mine = {
            "people": "SELECT name, language, status FROM people WHERE tenant_id = %s AND phone = %s",
            "consents": f"SELECT given, wording FROM consents WHERE tenant_id = %s AND person_id IN ({people})",
            "visits": f"SELECT door, day FROM visits WHERE tenant_id = %s AND person_id IN ({people}) ORDER BY id",
            "weights": "SELECT kilograms, door FROM body_weights"
            f" WHERE tenant_id = %s AND person_id IN ({people}) ORDER BY id",
            "sets": "SELECT s.door, s.text, w.position, w.reps, w.weight_kg, w.seconds FROM workout_sessions s"
            " JOIN workout_sets w ON w.tenant_id = s.tenant_id AND w.session_id = s.id"
            f" WHERE s.tenant_id = %s AND s.person_id IN ({people}) ORDER BY s.id, w.position",
            "wrong codes": f"SELECT wrong FROM door_code_tries WHERE tenant_id = %s AND person_id IN ({people})",
        }
        theirs = {
            "opt_outs": "SELECT source, ended_at IS NULL FROM opt_outs WHERE phone = %s ORDER BY since, source",
            "chats": "SELECT unlinked_at IS NULL FROM chat_links WHERE phone = %s ORDER BY linked_at",
            "sessions": "SELECT status, cost_minor FROM ussd_sessions WHERE phone = %s ORDER BY ended_at",
            "texts": "SELECT channel, sort, text, intent, flow, understood, confidence, reply FROM incoming_texts"
            " WHERE sender IN (%s, %s) ORDER BY id",
            "messages": "SELECT m.channel, m.purpose, m.text, m.buttons IS NULL, m.status FROM outgoing_messages m"
            " LEFT JOIN incoming_texts t ON t.id = m.text_id WHERE m.recipient IN (%s, %s) ORDER BY t.id, m.id",
            "unread": "SELECT text FROM unread_texts WHERE sender IN (%s, %s) ORDER BY text_id",
        }
        found: dict[str, Any] = {}
        for name, statement in mine.items():
            found[name] = self.world.rows(statement, tenant, *([tenant] if "person_id" in statement else []), phone)
        for name, statement in theirs.items():
            found[name] = self.world.rows(statement, *([phone, chat] if "(%s, %s)" in statement else [phone]))
        return {name: [tuple(self._plain(one) for one in row) for row in rows] for name, rows in found.items()}

    def _plain(self, value: Any) -> Any:
        if not isinstance(value, str):
            return value
        # A member's code, the token of a button, the phone.
        return re.sub(r"^[0-9a-f]{8}(?=:)", "", re.sub(r"\bM\d{5}\b", "M#", value)).replace(self.phone, "+#")

    def broken(self) -> list[str]:
        """What may never be, whatever the order: different answers to one callback, or two to one text."""
        wrong = [f"{len(pages)} pages for one turn: {pages}" for pages in self.answers.values() if len(pages) > 1]
        kept = dict(
            self.world.rows(
                "SELECT gateway_id, reply FROM incoming_texts WHERE sender = %s AND channel = 'ussd'", self.phone
            )
        )
        wrong += [
            f"shown {page!r}, kept {kept[key]!r}" for key, pages in self.answers.items() for page in pages - {kept[key]}
        ]
        twice = self.world.rows(
            "SELECT text_id FROM outgoing_messages WHERE recipient IN (%s, %s) GROUP BY 1 HAVING count(*) > 1",
            self.phone, str(self.chat),
        )  # fmt: skip
        wrong += [f"text {one} has several replies" for one in twice]
        said = [one.text for one in self.world.gateway.sent if one.to == self.phone]
        queued = self.world.rows("SELECT text FROM outgoing_messages WHERE recipient = %s ORDER BY id", self.phone)
        if sorted(said) != sorted(row[0] for row in queued):
            wrong.append(f"sent {said}, queued {queued}")
        left = self.world.rows("SELECT text FROM incoming_texts WHERE sender = %s AND answered_at IS NULL", self.phone)
        return [*wrong, *(f"{one} was never answered" for one in left)]


def kept_as(text: str) -> str:
    """What of a text can be kept: PostgreSQL has no NUL, and nobody has half a surrogate."""
    return text.replace("\0", "").encode("utf-8", "surrogatepass").decode("utf-8", "replace")


def _encoded(form: dict[str, str]) -> bytes:
    return urlencode(form, errors="surrogatepass").encode()


@asynccontextmanager
async def doors(app: Any) -> AsyncIterator[httpx.AsyncClient]:
    """The application without a socket between."""
    transport = httpx.ASGITransport(app=app, raise_app_exceptions=False)
    async with httpx.AsyncClient(transport=transport, base_url="http://gym.example", timeout=60) as http:
        yield http
