"""Africa's Talking's USSD callbacks over a real socket: a page whatever happens, kept once, and nothing promised in vain."""

import asyncio
import secrets
from collections.abc import Callable
from typing import Any

import pytest

from pp_core.kernel.locale import text as worded
from pp_core.kernel.settings import UssdSettings
from pp_core.memberships.operations import ListVisits, ShowDoorCode
from pp_core.tenants.operations import Member
from pp_core.workouts.operations import ListWorkouts
from tests.api.conftest import Api, SignedInGym, handset, rows, running_api
from tests.bots.talking import Handset, own_code
from tests.conftest import TestHome, new_phone

HOOK = "/hooks/ussd/test-callback-token"
AWAY = "END " + " ".join(worded("ussd.away", one) for one in ("en", "sw"))


def turns(home: TestHome, phone: str) -> list[tuple[str, str | None]]:
    return rows(home, "SELECT text, reply FROM incoming_texts WHERE sender = %s ORDER BY id", phone)


async def unreadable(api: Api, hook: str) -> float:
    text = (await api.http.get("/metrics")).text
    lines = [one for one in text.splitlines() if one.startswith(f'pp_webhook_unreadable_total{{hook="{hook}"}}')]
    return float(lines[0].rsplit(" ", 1)[1]) if lines else 0.0


# A page


async def test_a_session_is_kept_turn_by_turn(api: Api, admin: SignedInGym, amina: Member, home: TestHome) -> None:
    phone = handset(api, amina)
    menu = await phone.dial()
    asked = await phone.type("2")
    done = await phone.type("squat 3*5 100")
    assert menu.startswith(f"CON {admin.gym.onboarded.name}. Hi Amina!\n1 Check in\n2 ")
    assert asked.startswith("CON ")
    assert done.startswith("END Logged: Squat 3x5 100kg")
    assert turns(home, phone.phone) == [("", menu), ("2", asked), ("2*squat 3*5 100", done)]
    assert len((await admin.gym.person(amina).run(ListWorkouts())).items) == 1


async def test_the_same_callback_is_the_same_turn(api: Api, admin: SignedInGym, amina: Member, home: TestHome) -> None:
    phone = handset(api, amina)
    await phone.dial()
    await phone.type("2")
    phone.inputs.append("squat 5x5 100")
    pages = await asyncio.gather(*(phone.post() for _ in range(6)))
    assert len(set(pages)) == 1
    assert pages[0].startswith("END Logged")
    phone.inputs.pop()  # an old page, after a newer one
    assert (await phone.post()).startswith("CON ")
    assert len((await admin.gym.person(amina).run(ListWorkouts())).items) == 1
    assert len(turns(home, phone.phone)) == 3


async def test_the_same_inputs_in_another_session_are_another_turn(api: Api, amina: Member, home: TestHome) -> None:
    phone = handset(api, amina)
    for _ in range(2):
        await phone.dial()
        await phone.type("4")
    assert len(turns(home, phone.phone)) == 4


async def test_inputs_dialled_with_the_code_are_heard_one_after_another(
    api: Api, admin: SignedInGym, amina: Member
) -> None:
    phone = handset(api, amina)
    assert (await phone.dial("2", "squat 3x5 100")).startswith("END Logged: Squat 3x5 100kg")
    code = (await admin.gym.operator.run(ShowDoorCode())).code
    assert (await phone.dial("1", code)).startswith("END ")
    assert len((await admin.gym.operator.run(ListVisits())).items) == 1
    assert (await phone.dial("99")).startswith("CON ")


async def test_inputs_that_do_not_continue_the_session_are_taken_at_their_last(api: Api, amina: Member) -> None:
    phone = handset(api, amina)
    await phone.dial()
    await phone.type("2")
    phone.inputs = ["7", "2"]  # not what we heard before
    assert (await phone.type("squat 5x5 100")).startswith("END Logged")


@pytest.mark.parametrize("spell", [lambda p: p, lambda p: p[1:], lambda p: f"0{p[4:]}", lambda p: f" {p[1:]} "])
async def test_however_the_gateway_spells_a_phone_it_is_known(
    api: Api, amina: Member, spell: Callable[[str], str]
) -> None:
    assert amina.phone is not None
    phone = Handset(api.http, spell(amina.phone))
    assert "Hi Amina!" in await phone.dial()


async def test_a_gyms_own_code_belongs_to_it(api: Api, admin: SignedInGym) -> None:
    code = await own_code(admin.gym)
    page = await Handset(api.http, new_phone(), code).dial()
    assert page.startswith(f"CON Welcome to {admin.gym.onboarded.name}.")


# What cannot be kept


@pytest.mark.parametrize(
    "path", ["/hooks/ussd/wrong", "/hooks/ussd/test-callback-tokem/ended", "/hooks/ussd//ended", "/hooks/ussd/"]
)
async def test_a_wrong_token_finds_nothing(api: Api, path: str, home: TestHome) -> None:
    phone = Handset(api.http, new_phone(), session="ATUid_1")
    answer = await api.http.post(path, data=phone.form())
    assert (answer.status_code, answer.json()["code"]) == (404, "request.no_such_address")
    assert turns(home, phone.phone) == []


async def test_without_a_token_of_ours_there_are_no_callbacks(home: TestHome) -> None:
    async with running_api(home, ussd=UssdSettings(callback_token="")) as closed:
        for path in ("/hooks/ussd/x", "/hooks/ussd/x/ended"):
            assert (await closed.http.post(path, data=Handset(closed.http, new_phone()).form())).status_code == 404


@pytest.mark.parametrize(
    "form",
    [
        {},
        {"sessionId": ""},
        {"phoneNumber": "Safaricom"},
        {"phoneNumber": ""},
        {"serviceCode": ""},
        {"serviceCode": "*384*" + "7" * 60 + "#"},
        {"sessionId": "x" * 200},
        {"text": "x" * 5001},
        {"text": "x" * 70_000},
        {f"f{number}": "x" for number in range(60)},
    ],
)
async def test_what_cannot_be_read_is_a_page_all_the_same_and_counted(api: Api, form: dict[str, str]) -> None:
    sound = Handset(api.http, new_phone(), session="ATUid_1").form()
    before = await unreadable(api, "ussd")
    answer = await api.http.post(HOOK, data={**sound, **form} if form else {})
    assert (answer.status_code, answer.text) == (200, AWAY)
    assert await unreadable(api, "ussd") == before + 1


async def test_what_is_no_form_at_all(api: Api) -> None:
    for content in (b"", b"\x00\xff\xfe", b'{"sessionId": 1}', b"%" * 1000, b"&" * 100):
        answer = await api.http.post(HOOK, content=content)
        assert (answer.status_code, answer.text) == (200, AWAY)


async def test_odd_bytes_are_kept(api: Api, amina: Member, home: TestHome) -> None:
    phone = handset(api, amina)
    await phone.dial()
    await phone.type("2")
    raw = f"sessionId={phone.session}&serviceCode=*384*77%23&text=2*Skwoti%00+%F0%9F%92%AA%FF%ED%A0%80"
    answer = await api.http.post(HOOK, content=f"{raw}&phoneNumber={phone.phone.replace('+', '%2B')}")
    assert answer.text.startswith("CON ")
    assert turns(home, phone.phone)[-1][0] == "2*Skwoti 💪\ufffd\ufffd\ufffd\ufffd"


# The end of a session


def ends(home: TestHome, session: str) -> list[tuple[Any, ...]]:
    return rows(
        home, "SELECT status, cost_minor, currency, milliseconds, hops, reason FROM ussd_sessions WHERE session = %s",
        session,
    )  # fmt: skip


@pytest.mark.parametrize("status", ["Success", "Incomplete", "Failed"])
async def test_how_a_session_ended_is_kept_once(api: Api, amina: Member, home: TestHome, status: str) -> None:
    phone = handset(api, amina)
    await phone.dial()
    for word in (status, "Success"):
        answer = await phone.hang_up(word)
        assert (answer.status_code, answer.text) == (200, "OK")
    assert ends(home, phone.session) == [(status, 80, "KES", 9000, 1, None)]


async def test_an_end_that_overtakes_the_last_page_changes_nothing(api: Api, admin: SignedInGym, amina: Member) -> None:
    phone = handset(api, amina)
    await phone.dial()
    await phone.type("2")
    assert (await phone.hang_up("Incomplete")).status_code == 200
    assert (await phone.type("squat 5x5 100")).startswith("END Logged")
    assert len((await admin.gym.person(amina).run(ListWorkouts())).items) == 1


@pytest.mark.parametrize(
    ("cost", "kept"),
    [("KES 0.8000", (80, "KES")), ("0.8", (80, "KES")), ("UGX 12.345", (1235, "UGX")), ("None", (None, None)),
     ("", (None, None)), ("KES -1", (0, "KES"))],
)  # fmt: skip
async def test_costs_as_the_gateway_spells_them(
    api: Api, home: TestHome, cost: str, kept: tuple[int | None, str | None]
) -> None:
    phone = Handset(api.http, new_phone(), session=f"ATUid_{secrets.token_hex(8)}")
    assert (await phone.hang_up(cost=cost)).text == "OK"
    assert ends(home, phone.session)[0][1:3] == kept


@pytest.mark.parametrize(
    "more",
    [{"cost": "KES much"}, {"cost": "KES NaN"}, {"cost": "Infinity"}, {"cost": "KES 1e999999"}, {"cost": "99999999999"},
     {"durationInMillis": "long"}, {"hopsCount": "-1"}, {"status": ""}, {"status": "x" * 30}, {"phoneNumber": "?"},
     {"networkCode": "9" * 30}, {"errorMessage": "x" * 300}],
)  # fmt: skip
async def test_an_end_that_cannot_be_read_is_counted_and_not_asked_for_again(api: Api, more: dict[str, str]) -> None:
    phone = Handset(api.http, new_phone(), session=f"ATUid_{secrets.token_hex(8)}")
    before = await unreadable(api, "ussd-ended")
    answer = await phone.hang_up(**more)
    assert answer.status_code == 200
    assert answer.text.startswith("Not kept: ")
    assert await unreadable(api, "ussd-ended") == before + 1
