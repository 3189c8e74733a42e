"""A whole installation in processes of its own, under load, to be killed: `pp up`, its worker, its PostgreSQL."""

import asyncio
import contextlib
import os
import random
import secrets
import shutil
import signal
import subprocess
import sys
import tempfile
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx
import psycopg

from pp_bots.simulator.africastalking import AfricasTalkingSimulator, SimulatorSettings
from pp_core.client.local import LocalClient
from pp_core.kernel.call import NOBODY, Operator
from pp_core.kernel.db import roles
from pp_core.kernel.policy import Door
from pp_core.kernel.settings import Settings
from pp_core.runtime.database import Home
from pp_core.runtime.wiring import Runtime
from pp_core.tenants.operations import AcceptInvitation, AddMember, OnboardGym
from tests.bots.receiver import free_port
from tests.bots.talking import Handset
from tests.conftest import Gateway, new_phone

PASSWORD = "kettle on the hob 44"
TOKEN = "kill-test-token"
RECOVERY_SECONDS = 60
WRITING_PHONES = 50
"""So many that none of them is taken for a machine, which is answered forty times in ten minutes at the most."""
PICKED_UP_SECONDS = 150
"""Until the clock has handed on a turn that was cut off: it looks each minute at those that are overdue."""


@dataclass
class Tally:
    """What was acknowledged to whom."""

    workouts: dict[str, str] = field(default_factory=dict)  # idempotency key -> workout id
    texts: set[str] = field(default_factory=set)  # gateway ids that were answered with 200
    sets: set[str] = field(default_factory=set)  # texts typed into USSD pages that were answered with `END Logged`
    retried: int = 0


@dataclass
class Installation:
    """One installation. `up()` starts it; killing is done with `kill_*`."""

    directory: Path
    port: int
    simulator: AfricasTalkingSimulator
    environment: dict[str, str]
    process: subprocess.Popen[bytes] | None = None
    admin: str = ""
    token: str = ""
    phone: str = ""
    writing: list[str] = field(default_factory=list)
    dialler: str = ""
    tally: Tally = field(default_factory=Tally)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    async def up(self) -> None:
        self.process = subprocess.Popen(
            [sys.executable, "-m", "pp_cli", "up", "--port", str(self.port)],
            env=self.environment,
            stdout=subprocess.DEVNULL,
            stderr=(self.directory.parent / f"{self.directory.name}.log").open("ab"),
        )
        await self.ready()

    async def ready(self) -> None:
        async with httpx.AsyncClient() as client, asyncio.timeout(RECOVERY_SECONDS):
            while True:
                with suppress(httpx.HTTPError):
                    if (await client.get(f"{self.url}/readyz")).status_code == 200:
                        return
                await asyncio.sleep(0.1)

    async def sign_in(self) -> None:
        """Take a fresh access token: a long run outlives one."""
        async with httpx.AsyncClient(base_url=self.url) as client:
            answer = await client.post("/api/v1/auth/sign-in", json={"identifier": self.admin, "password": PASSWORD})
            self.token = answer.json()["access_token"]

    def kill_server(self) -> None:
        assert self.process is not None
        self.process.kill()
        self.process.wait()

    def kill_worker(self) -> None:
        assert self.process is not None
        for child in _children(self.process.pid):
            if b"worker" in Path(f"/proc/{child}/cmdline").read_bytes() or _is_python(child):
                os.kill(child, signal.SIGKILL)
                return
        raise AssertionError("no worker was found below pp up")

    def kill_database(self) -> None:
        pid = int((self.directory / "cluster" / "postmaster.pid").read_text().split()[0])
        os.kill(pid, signal.SIGKILL)

    def stop(self) -> int:
        assert self.process is not None
        self.process.send_signal(signal.SIGTERM)
        return self.process.wait(40)

    async def found(self) -> None:
        """Onboard a gym with an administrator who is signed in and a member with a phone."""
        settings = Settings.from_environment(self.environment)
        with Home(settings) as home:
            async with Runtime(settings, home, sms=Gateway()) as runtime:
                operator = LocalClient(runtime.pulse, Door.CLI, Operator("tester"))
                admin, self.phone = new_phone(), new_phone()
                gym = await operator.run(
                    OnboardGym(name="Kill Gym", slug="kill", admin_name="Wambui Kamau", admin_phone=admin)
                )
                anyone = operator.acting(NOBODY)
                await anyone.run(AcceptInvitation(invitation=gym.invitation, password=PASSWORD))
                self.admin = admin
                gym_operator = operator.acting(Operator("tester", "kill"))
                await gym_operator.run(AddMember(name="Amina Wanjiru", phone=self.phone))
                self.writing = [new_phone() for _ in range(WRITING_PHONES)]
                for number, phone in enumerate(self.writing):
                    await gym_operator.run(AddMember(name=f"Writer {number}", phone=phone))
                self.dialler = new_phone()
                await gym_operator.run(AddMember(name="Brian Otieno", phone=self.dialler))

    @asynccontextmanager
    async def load(self, writers: int = 5) -> AsyncIterator[None]:
        """Writers over REST and texts over the webhook, until the block ends; each sees its last request through."""
        stop = asyncio.Event()
        await self.sign_in()
        async with httpx.AsyncClient(base_url=self.url, timeout=5) as client:
            tasks = [asyncio.create_task(self._write(client, stop)) for _ in range(writers)]
            tasks.append(asyncio.create_task(self._text(client, stop)))
            tasks.append(asyncio.create_task(self._dial(client, stop)))
            try:
                yield
            finally:
                stop.set()
                async with asyncio.timeout(RECOVERY_SECONDS):
                    await asyncio.gather(*tasks)

    async def _write(self, client: httpx.AsyncClient, stop: asyncio.Event) -> None:
        headers = {"Authorization": f"Bearer {self.token}"}
        while not stop.is_set():
            key = secrets.token_hex(8)
            body = {"text": f"squat 5x5 {random.randrange(40, 200)}", "member": self.phone}
            while True:
                answer = await self._post(
                    client, "/api/v1/workouts", json=body, headers={**headers, "Idempotency-Key": key}
                )
                if answer is not None and answer.status_code == 201:
                    self.tally.workouts[key] = answer.json()["workout"]["id"]
                    break
                assert answer is None or answer.status_code in (502, 503), answer.text

    async def _text(self, client: httpx.AsyncClient, stop: asyncio.Event) -> None:
        """What Africa's Talking does: repeat the callback until it is answered with 200."""
        while not stop.is_set():
            gateway_id = f"ATXid_{secrets.token_hex(8)}"
            form = {
                "id": gateway_id,
                "from": random.choice(self.writing),
                "to": "20880",
                "text": f"bench 3x8 {random.randrange(40, 120)}",
                "date": "2026-11-21 07:00:00",
                "linkId": secrets.token_hex(8),
            }
            while True:
                answer = await self._post(client, f"/hooks/sms/{TOKEN}/incoming", data=form)
                if answer is not None and answer.status_code == 200:
                    self.tally.texts.add(gateway_id)
                    break
            await asyncio.sleep(0.05)

    async def _dial(self, client: httpx.AsyncClient, stop: asyncio.Event) -> None:
        """Somebody who logs by USSD, each weight once, and dials again whenever a page does not come or is an apology."""
        handset = Handset(client, self.dialler, token=TOKEN)
        while not stop.is_set():
            said = f"press 3x8 {len(self.tally.sets) + self.tally.retried + 20}"
            for typed in (None, "00", "2", said):
                if typed is None:
                    handset.session, handset.inputs = f"ATUid_{secrets.token_hex(12)}", []
                else:
                    handset.inputs.append(typed)
                answer = await self._post(client, f"/hooks/ussd/{TOKEN}", data=handset.form())
                page = "" if answer is None else answer.text
                assert answer is None or answer.status_code != 200 or page.startswith(("CON ", "END ")), page
                if page.startswith("END Logged"):
                    self.tally.sets.add(said)
                if not page.startswith("CON "):
                    break
            if not page.startswith("END Logged"):
                self.tally.retried += 1  # another weight next time: this one may yet be answered by text
                await asyncio.sleep(0.2)

    async def _post(self, client: httpx.AsyncClient, path: str, **how: Any) -> httpx.Response | None:
        try:
            answer = await client.post(path, **how)
        except httpx.HTTPError:
            answer = None
        if answer is None or answer.status_code >= 500:
            self.tally.retried += 1
            await asyncio.sleep(0.1)
        return answer

    async def simulator_sends(self, phone: str, text: str) -> None:
        """A member's phone writes to the short code; the gateway brings it to the webhook."""
        async with httpx.AsyncClient(base_url=self.simulator.url) as client:
            answer = await client.post("/sim/incoming", json={"from": phone, "to": "20880", "text": text})
            assert answer.status_code < 300, answer.text
        async with asyncio.timeout(RECOVERY_SECONDS):
            while not self.rows("SELECT 1 FROM incoming_texts WHERE sender = %s AND answered_at IS NOT NULL", phone):
                await asyncio.sleep(0.1)

    async def settle(self) -> None:
        """Wait until the queue is empty, and with it each page's turn that was cut off: the clock hands them on by the minute."""
        await self._empty_queue()
        with contextlib.suppress(TimeoutError):  # `losses` tells what nobody picked up
            async with asyncio.timeout(PICKED_UP_SECONDS):
                while self._unanswered():
                    await asyncio.sleep(1)
        await self._empty_queue()

    async def _empty_queue(self) -> None:
        """Wait until no job waits and none is held by a dead worker."""
        try:
            async with asyncio.timeout(RECOVERY_SECONDS):
                while self.rows("SELECT 1 FROM jobs.procrastinate_jobs WHERE status IN ('todo', 'doing') LIMIT 1"):
                    await asyncio.sleep(0.2)
        except TimeoutError:
            waiting = self.rows(
                "SELECT j.id, j.status::text, j.attempts, j.scheduled_at, j.worker_id, w.last_heartbeat, now()"
                " FROM jobs.procrastinate_jobs j LEFT JOIN jobs.procrastinate_workers w ON w.id = j.worker_id"
                " WHERE j.status IN ('todo', 'doing') LIMIT 10"
            )
            log = (self.directory.parent / f"{self.directory.name}.log").read_text()[-3000:]
            raise AssertionError(f"jobs are stuck: {waiting}\n{log}") from None

    def rows(self, statement: str, *values: Any) -> list[tuple[Any, ...]]:
        with Home(Settings.from_environment(self.environment)) as home:
            assert home.urls.admin is not None
            with psycopg.connect(roles.with_database(home.urls.admin, roles.DATABASE)) as connection:
                return connection.execute(statement, values).fetchall()

    def losses(self) -> list[str]:
        """Everything that should not be: acknowledged and missing, done twice, stuck, or sent twice."""
        found: list[str] = []
        stored = {str(row[0]) for row in self.rows("SELECT id FROM workout_sessions WHERE door = 'rest'")}
        acknowledged = set(self.tally.workouts.values())
        found += [f"acknowledged workout {one} is missing" for one in acknowledged - stored]
        found += [f"workout {one} was stored and never acknowledged: done twice" for one in stored - acknowledged]
        found += self._lost_sessions()
        kept = {
            row[0]: row[1]
            for row in self.rows("SELECT gateway_id, answered_at IS NOT NULL FROM incoming_texts WHERE channel = 'sms'")
        }
        found += [f"acknowledged text {one} is missing" for one in self.tally.texts - set(kept)]
        found += [f"text {one} was never answered" for one, answered in kept.items() if not answered]
        [(by_text,)] = self.rows("SELECT count(*) FROM workout_sessions WHERE door = 'sms'")
        if by_text != len(kept):
            found.append(f"{len(kept)} texts made {by_text} workouts")
        [(jobs,)] = self.rows("SELECT count(*) FROM jobs.procrastinate_jobs WHERE status <> 'succeeded'")
        if jobs:
            found.append(f"{jobs} jobs did not succeed")
        writing = [self.phone, *self.writing]
        states = self.rows(
            "SELECT status, count(*) FROM outgoing_messages WHERE purpose = 'reply' AND recipient = ANY(%s) GROUP BY 1",
            writing,
        )
        found += [
            f"{number} replies are still {status}" for status, number in states if status in ("queued", "sending")
        ]
        replies = sum(number for _, number in states)
        if replies != len(kept):
            found.append(f"{len(kept)} texts have {replies} replies")
        taken = [message for message in self.simulator.state.outgoing if message.to in writing]
        if len(taken) > replies:
            found.append(f"{len(taken)} messages went out for {replies} replies")
        return found

    def _lost_sessions(self) -> list[str]:
        """What was typed into pages: each logged once, those acknowledged for certain, and at most one text for a turn."""
        logged = [row[0] for row in self.rows("SELECT text FROM workout_sessions WHERE door = 'ussd'")]
        found = [f"{one} was logged twice" for one in set(logged) if logged.count(one) > 1]
        found += [f"acknowledged {one} is missing" for one in self.tally.sets - set(logged)]
        turns = self.rows(
            "SELECT t.text, t.answered_at, count(m.id) FROM incoming_texts t LEFT JOIN outgoing_messages m"
            " ON m.text_id = t.id WHERE t.channel = 'ussd' GROUP BY t.id"
        )
        found += [f"turn {text!r} has {sent} texts" for text, _, sent in turns if sent > 1]
        return found + [f"{one} was logged by a turn that was not answered" for one in self._unanswered()]

    def _unanswered(self) -> set[str]:
        """What was logged by turns of pages that have no answer yet."""
        logged = {row[0] for row in self.rows("SELECT text FROM workout_sessions WHERE door = 'ussd'")}
        turns = self.rows("SELECT text FROM incoming_texts WHERE channel = 'ussd' AND answered_at IS NOT NULL")
        return logged - {text.rsplit("*", 1)[-1] for (text,) in turns}


@asynccontextmanager
async def installation(**more: str) -> AsyncIterator[Installation]:
    """An installation that is up, with a gym in it; gone afterwards."""
    directory = Path(tempfile.gettempdir()) / f"pp-kill-{os.getpid()}-{secrets.token_hex(3)}"
    port = free_port()
    hooks = f"http://127.0.0.1:{port}/hooks/sms/{TOKEN}"
    behaviour = SimulatorSettings(
        incoming_url=f"{hooks}/incoming", report_url=f"{hooks}/report", report_delay=0.2, retry_interval=0.5
    )
    async with AfricasTalkingSimulator(behaviour) as simulator:
        environment = {
            **{name: value for name, value in os.environ.items() if not name.startswith("PP_") or name == "PP_PG_BIN"},
            "PP_DATA_DIR": str(directory),
            "PP_SECRET_KEY": "kill",
            "PP_AT_BASE_URL": simulator.url,
            "PP_AT_API_KEY": "simulator",
            "PP_AT_CALLBACK_TOKEN": TOKEN,
            "PP_RATE_STANDARD": "1000000/minute",
            "PP_RATE_SCREEN": "1000000/minute",
            "PP_RATE_SEARCH": "1000000/minute",
            "PP_RATE_AUTH": "1000000/minute",
            **more,
        }
        made = Installation(directory, port, simulator, environment)
        await made.found()
        await made.up()
        try:
            yield made
        finally:
            with suppress(Exception):
                made.stop()
            if made.process is not None and made.process.poll() is None:
                made.kill_server()
            _end(directory)


def _end(directory: Path) -> None:
    """Stop whatever a kill left running in this directory, and remove it."""
    with suppress(OSError, ValueError, IndexError):
        os.kill(int((directory / "cluster" / "postmaster.pid").read_text().split()[0]), signal.SIGQUIT)
    shutil.rmtree(directory, ignore_errors=True)
    shutil.rmtree(directory.parent / f"{directory.name}-config", ignore_errors=True)
    (directory.parent / f"{directory.name}.log").unlink(missing_ok=True)


def _children(pid: int) -> list[int]:
    return [int(one) for one in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]


def _is_python(pid: int) -> bool:
    return b"python" in Path(f"/proc/{pid}/cmdline").read_bytes()
