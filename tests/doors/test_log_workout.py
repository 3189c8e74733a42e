"""`LogWorkout` through every door over real sockets: the rows are equal but for ids, times and door."""

import asyncio
import os
import re
import subprocess
import sys
from typing import Any

import httpx

from pp_bots.simulator.africastalking import UssdSettings
from pp_bots.simulator.africastalking.faults import Faults
from pp_bots.simulator.africastalking.ussd import UssdNetwork
from pp_bots.simulator.telegram import TelegramPhone, TelegramSimulator
from pp_bots.simulator.ussd_phone import UssdPhone
from pp_core.client.local import LocalClient
from pp_core.client.remote import RemoteClient, Tokens
from pp_core.identity.operations import SignIn
from pp_core.kernel.call import NOBODY, Operator
from pp_core.kernel.policy import Door, Role
from pp_core.kernel.settings import Settings
from pp_core.runtime.database import Home
from pp_core.runtime.wiring import Runtime
from pp_core.tenants.operations import AcceptInvitation, InviteStaff
from pp_core.workouts.operations import LogWorkout
from tests.conftest import Gateway, new_phone
from tests.kills.installation import PASSWORD, TOKEN, Installation, installation

TEXT = "Leo: squat 5x5 100, bench 3x8@60kg, 2x6 @ 65; plank 3x60s"


async def test_every_door_leaves_the_same_rows() -> None:
    async with TelegramSimulator() as telegram, installation(**bot_of(telegram)) as made:
        phone = await member_with_a_login(made)
        async with httpx.AsyncClient(base_url=made.url) as http:
            signed_in = await http.post(
                "/api/v1/auth/sign-in", json={"identifier": phone, "password": PASSWORD, "gym": "kill"}
            )
            token, refresh = signed_in.json()["access_token"], signed_in.json()["refresh_token"]

            by_rest = await http.post(
                "/api/v1/workouts",
                json={"text": TEXT},
                headers={"Authorization": f"Bearer {token}", "Idempotency-Key": "by-rest"},
            )
            assert by_rest.status_code == 201

        async with RemoteClient.connect(made.url, Tokens(access=token, refresh=refresh)) as remote:
            await remote.run(LogWorkout(text=TEXT), key="by-rpc")

        await by_cli(made, phone)

        await made.simulator_sends(phone, TEXT)
        await by_ussd(made, phone)
        await by_telegram(telegram, phone)
        await made.settle()

        doors = ["cli", "rest", "rpc", "sms", "telegram", "ussd"]
        rows = {door: rows_of(made, door) for door in doors}
        assert rows["rest"]["sessions"], "the workout through REST is stored"
        assert rows["rest"]["sets"]
        for door in doors:
            assert rows[door] == rows["rest"], door


async def member_with_a_login(made: Installation) -> str:
    """A client who signs in with a password and texts from the same phone."""
    settings = Settings.from_environment(made.environment)
    phone = new_phone()
    with Home(settings) as home:
        async with Runtime(settings, home, sms=Gateway()) as runtime:
            desk = LocalClient(runtime.pulse, Door.CLI, Operator("tester", "kill"))
            invited = await desk.run(InviteStaff(name="Brian Otieno", phone=phone, roles=[Role.CLIENT]))
            anyone = desk.acting(NOBODY)
            await anyone.run(AcceptInvitation(invitation=invited.invitation, password=PASSWORD))
            await anyone.run(SignIn(identifier=phone, password=PASSWORD))
    return phone


async def by_cli(made: Installation, phone: str) -> None:
    """Sign in to the server with `pp login`, then log with `pp workout log`."""
    environment = {
        **os.environ,
        "PP_CONFIG_DIR": str(made.directory.parent / f"{made.directory.name}-config"),
        "PP_LOGIN": phone,
        "PP_PASSWORD": PASSWORD,
    }
    for arguments in (["login", made.url, "--gym", "kill"], ["workout", "log", TEXT, "--key", "by-cli"], ["logout"]):
        done = await asyncio.to_thread(
            subprocess.run,
            [sys.executable, "-m", "pp_cli", *arguments],
            env=environment,
            capture_output=True,
            text=True,
        )
        assert done.returncode == 0, (arguments, done.stderr)


def bot_of(telegram: TelegramSimulator) -> dict[str, str]:
    """The settings under which the server asks this Telegram for what was written to its bot."""
    return {"PP_TELEGRAM_TOKEN": telegram.settings.token, "PP_TELEGRAM_BASE_URL": telegram.url}


async def by_ussd(made: Installation, phone: str) -> None:
    """Dial, choose, and write it into the page that asks."""
    network = UssdSettings(
        callback_url=f"{made.url}/hooks/ussd/{TOKEN}", ended_url=f"{made.url}/hooks/ussd/{TOKEN}/ended"
    )
    async with UssdNetwork(network, Faults()) as line:
        handset = UssdPhone(phone, line)
        menu = await handset.dial()
        [number] = re.findall(r"^(\d) Log workout$", menu.text, re.MULTILINE)
        await handset.answer(number)
        done = await handset.answer(TEXT)
        assert (done.prefix, done.errors) == ("END", ())
        assert done.text.startswith("Logged: "), done.text


async def by_telegram(telegram: TelegramSimulator, phone: str) -> None:
    """Share one's own number, as every new chat does, and write it."""
    async with TelegramPhone(telegram.url, first_name="Brian", phone=phone) as handset:
        await handset.share_contact()
        greeted = await handset.receive(20)
        assert greeted is not None
        assert "Brian" in greeted.text
        await handset.say(TEXT)
        done = await handset.receive(20)
        assert done is not None
        assert done.text.startswith("Logged: ")


def rows_of(made: Installation, door: str) -> dict[str, Any]:
    """Everything that the door's workout left, without ids, times and the door."""
    [(session,)] = made.rows("SELECT id FROM workout_sessions WHERE door = %s", door)
    return {
        "sessions": made.rows(
            "SELECT tenant_id, person_id, day, text, note, logged_by FROM workout_sessions WHERE id = %s", session
        ),
        "sets": made.rows(
            "SELECT tenant_id, person_id, exercise_id, position, reps, weight_kg, rpe, seconds FROM workout_sets"
            " WHERE session_id = %s ORDER BY position",
            session,
        ),
        "audit": made.rows(
            "SELECT tenant_id, person_id, operation, outcome, resource FROM audit_entries WHERE resource_id = %s",
            session,
        ),
        "events": made.rows(
            "SELECT tenant_id, name, payload - 'session_id' FROM outbox WHERE payload ->> 'session_id' = %s",
            str(session),
        ),
    }
