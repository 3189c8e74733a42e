"""`pp sim`: scripts of simulated phones, the server they find or get, and what is said of a wrong line."""

import asyncio
import fcntl
import json
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path

import httpx
import pytest
from starlette.responses import PlainTextResponse, Response

from pp_cli.textscript import Line, read_script
from pp_core.kernel.phone import e164
from pp_core.runtime.serve import LOCK
from tests.bots.receiver import CallbackReceiver, free_port
from tests.cli.conftest import ROOT, Pp, Ran
from tests.conftest import new_phone

Spawn = Callable[..., Ran]
NO_DATABASE = {f"PP_DATABASE_{name}URL": "" for name in ("", "WORKER_", "OWNER_", "ADMIN_")}
PHONE = "+254711000001"


@pytest.fixture
def script(tmp_path: Path) -> Callable[..., str]:
    def write(*lines: object) -> str:
        file = tmp_path / "phones.jsonl"
        text = "\n".join(line if isinstance(line, str) else json.dumps(line) for line in lines)
        file.write_text(text, encoding="utf-8")
        return str(file)

    return write


def rows(ran: Ran) -> list[dict[str, object]]:
    assert ran.code == 0, ran.err
    return [json.loads(line) for line in ran.out.splitlines()]


# Scripts


def test_a_script_is_read(script: Callable[..., str]) -> None:
    file = script(
        "\ufeff# phones",
        "",
        {"from": "0711 000 001", "text": "squat 5x5 100"},
        {"from": PHONE, "hangup": True},
        {"text": ""},
        "  {not read as an object",
    )
    Path(file).write_text(Path(file).read_text(encoding="utf-8").rpartition("\n")[0], encoding="utf-8")
    lines = read_script(file, "+254722000002", spell=e164, longest=lambda _: 80)
    assert lines == [Line(3, PHONE, "squat 5x5 100"), Line(4, PHONE, None), Line(5, "+254722000002", "")]


@pytest.mark.parametrize(
    ("wrong", "says"),
    [
        ('{"from": "0711000001", "text"', "JSON"),
        ("squat 5x5 100", "JSON"),
        ("[1]", "JSON"),
        ('{"text": "squat"}', '"from"'),
        ('{"from": "12", "text": "squat"}', "12"),
        ('{"from": 12, "text": "squat"}', "12"),
        ('{"from": "0711000001"}', '"text"'),
        ('{"from": "0711000001", "text": 5}', '"text"'),
        ('{"from": "0711000001", "hangup": "yes"}', '"hangup"'),
        ('{"from": "0711000001", "hangup": true, "text": "1"}', '"hangup"'),
        ('{"from": "0711000001", "text": "1", "to": "20880"}', "to"),
        ('{"from": "0711000001", "text": "' + "a" * 81 + '"}', "81"),
    ],
)
@pytest.mark.parametrize("language", ["en", "sw"])
def test_a_wrong_line_is_named(pp: Pp, script: Callable[..., str], wrong: str, says: str, language: str) -> None:
    ran = pp("sim", "ussd", "--script", script({"from": PHONE, "text": ""}, wrong), "--lang", language)
    assert (ran.code, ran.out) == (2, "")
    assert ("Line 2: " if language == "en" else "Mstari 2: ") in ran.err
    assert says in ran.err


def test_what_is_no_text_is_told(pp: Pp, tmp_path: Path) -> None:
    file = tmp_path / "phones"
    file.write_bytes(b'{"from": "0711000001", "text": "squat"}\n\xff\xfe')
    assert "Line 2" in pp("sim", "sms", "--script", str(file)).err
    missing = pp("sim", "sms", "--script", str(tmp_path / "none"))
    assert missing.code == 2
    assert "none" in missing.err


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (["sms", "12"], "12"),
        (["ussd", "0711000001", "--code", "384"], "384"),
        (["sms", "0711000001", "--code", "*384#"], "*384#"),
        (["sms", "0711000001", "--new-phones", "--no-sandbox"], "--no-sandbox"),
        (["sms", "0711000001", "--sandbox", "--callbacks", "http://127.0.0.1:9"], "--callbacks"),
        (["ussd", "0711000001", "--callbacks", "127.0.0.1:9"], "http://"),
        (["ussd", "0711000001", "--svg", "a.svg"], "--script"),
    ],
)
def test_what_cannot_be_is_refused(pp: Pp, arguments: list[str], says: str) -> None:
    ran = pp("sim", *arguments)
    assert ran.code == 2
    assert says in ran.err


@pytest.mark.parametrize("phone", [[], ["0711000001"]])
def test_a_simulator_where_something_listens_already_says_so(pp: Pp, phone: list[str]) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        ran = pp("sim", "sms", *phone, "--port", str(taken.getsockname()[1]))
    assert ran.code == 2
    assert "--port" in ran.err


# Against a server that is given


async def menu(form: Mapping[str, str], _: Mapping[str, str]) -> Response:
    answers = {"": "CON Iron Gym\n1 Log", "1": "CON Type your workout", "2": "oops"}
    return PlainTextResponse(answers.get(form["text"], f"END Logged {form['text'].rpartition('*')[2]}"))


async def test_phones_dial_a_server(spawn: Spawn, script: Callable[..., str], tmp_path: Path) -> None:
    file = script(
        {"from": PHONE, "text": "1"},
        {"from": "0733000002", "text": "*384*77*1#"},
        {"from": PHONE, "text": "squat 5x5 100"},
        {"from": PHONE, "text": ""},
        {"from": PHONE, "hangup": True},
        {"from": PHONE, "text": "2"},
    )
    picture = tmp_path / "phones.svg"
    async with CallbackReceiver() as server:
        server.menu = menu
        given = ("--callbacks", f"http://127.0.0.1:{server.port}", "--port", str(free_port()))
        ran = await asyncio.to_thread(
            spawn, "sim", "ussd", "--script", file, "--format", "json", "--svg", str(picture), *given
        )
        drawn = await asyncio.to_thread(spawn, "sim", "ussd", PHONE, "--script", file, "--format", "screens", *given)
        ends = [form["status"] for form in server.forms("ended") if form]
        posted = [(form["phoneNumber"], form["text"]) for form in server.forms("ussd")]
    assert posted[:3] == [(PHONE, ""), (PHONE, "1"), ("+254733000002", "1")]
    assert sorted(ends) == sorted(["Success", "Incomplete", "Incomplete", "Failed"] * 2)
    empty = {"intent": None, "understood": None, "flow": None}
    assert rows(ran) == [
        {"from": PHONE, "text": "1", **empty, "reply": "Type your workout", "parts": 1, "screen": "CON"},
        {
            "from": "+254733000002",
            "text": "*384*77*1#",
            **empty,
            "reply": "Type your workout",
            "parts": 1,
            "screen": "CON",
        },
        {"from": PHONE, "text": "squat 5x5 100", **empty, "reply": "Logged squat 5x5 100", "parts": 1, "screen": "END"},
        {"from": PHONE, "text": "", **empty, "reply": "Iron Gym\n1 Log", "parts": 1, "screen": "CON"},
        {"from": PHONE, "hangup": True, **empty, "reply": None, "parts": 0, "screen": None},
        {"from": PHONE, "text": "2", **empty, "reply": None, "parts": 0, "screen": None},
    ]
    assert "Line 6" in ran.err
    assert picture.read_text().startswith("<svg")
    assert drawn.out.count("Type your workout") == 2
    assert "┃" in drawn.out


def test_a_server_that_is_not_there_is_told(pp: Pp, script: Callable[..., str]) -> None:
    ran = pp("sim", "sms", PHONE, "--callbacks", f"http://127.0.0.1:{free_port()}", "--port", str(free_port()))
    assert ran.code == 6
    assert "PP_AT_CALLBACK_TOKEN" in ran.err


# A server found or started


def test_without_a_gym_a_throwaway_one_serves(spawn: Spawn, script: Callable[..., str], tmp_path: Path) -> None:
    file = script({"from": PHONE, "text": "squat 5x5 100"}, {"from": "0733000002", "text": "bench 3x8 60"})
    nowhere = {**NO_DATABASE, "PP_DATA_DIR": str(tmp_path / "home"), "TMPDIR": "/tmp"}
    refused = spawn("sim", "sms", "--script", file, "--no-sandbox", **nowhere)
    assert refused.code == 2
    assert "pp gym onboard" in refused.err
    ran = spawn("sim", "sms", "--script", file, "--format", "json", **nowhere)
    first, second = rows(ran)
    assert "Sandbox Gym" in ran.err
    assert (first["intent"], first["understood"], first["parts"]) == ("log_workout", True, 1)
    assert "100kg" in str(first["reply"])
    assert (second["from"], second["intent"]) == ("+254733000002", "log_workout")
    assert not (tmp_path / "home").exists()


def test_new_phones_are_unknown(spawn: Spawn, script: Callable[..., str]) -> None:
    [row] = rows(spawn("sim", "sms", "--new-phones", "--script", script({"from": PHONE, "text": "squat 5x5 100"})))
    assert row["reply"] is not None
    assert row["intent"] != "log_workout"


@pytest.fixture
def serving(installation: dict[str, str], tmp_path: Path) -> Iterator[str]:
    """A `pp up` that expects the simulator on the port that it yields."""
    port, gateway = free_port(), str(free_port())
    environment = {**os.environ, **installation, "PP_AT_BASE_URL": f"http://127.0.0.1:{gateway}", "PP_AT_API_KEY": "x"}
    process = subprocess.Popen(
        [sys.executable, "-m", "pp_cli", "up", "--port", str(port)],
        env=environment,
        cwd=ROOT,
        stderr=(tmp_path / "up.log").open("wb"),
    )
    deadline = time.monotonic() + 60
    try:
        while True:
            assert process.poll() is None
            assert time.monotonic() < deadline
            try:
                if httpx.get(f"http://127.0.0.1:{port}/readyz").status_code == 200:
                    break
            except httpx.TransportError:
                time.sleep(0.1)
        yield gateway
    finally:
        process.send_signal(signal.SIGTERM)
        process.wait(30)


def a_member(pp: Pp) -> str:
    phone = new_phone()
    assert pp("member", "add", "Amina Wanjiru", phone).code == 0
    return phone


def test_the_server_of_this_home_is_used(
    serving: str, pp: Pp, slug: str, spawn: Spawn, script: Callable[..., str]
) -> None:
    phone = a_member(pp)
    file = script("squat 5x5 100")
    [row] = rows(spawn("sim", "sms", phone, "--script", file, PP_AT_API_KEY="x"))
    assert (row["from"], row["intent"]) == (phone, "log_workout")
    assert "100kg" in str(row["reply"])
    refused = spawn("sim", "sms", phone, "--script", file, "--port", str(free_port()), PP_AT_API_KEY="x")
    assert refused.code == 2
    assert serving in refused.err
    other = spawn("sim", "sms", phone, "--script", file, PP_AT_CALLBACK_TOKEN="another")
    assert other.code == 6


def test_members_of_a_throwaway_gym_dial(spawn: Spawn, script: Callable[..., str]) -> None:
    file = script({"from": PHONE, "text": ""}, {"from": PHONE, "text": "*384*77*squat 5x5 100#"})
    first, second = rows(spawn("sim", "ussd", "--sandbox", "--script", file))
    assert (first["intent"], first["flow"], first["screen"], first["parts"]) == ("menu", "menu", "CON", 1)
    assert "Amina" in str(first["reply"])
    assert (second["intent"], second["understood"], second["screen"]) == ("log_workout", True, "END")


def test_a_gym_without_a_server_gets_one(pp: Pp, slug: str, spawn: Spawn, script: Callable[..., str]) -> None:
    phone = a_member(pp)
    [row] = rows(spawn("sim", "sms", "--script", script({"from": phone, "text": "squat 5x5 100"})))
    assert "100kg" in str(row["reply"])


def test_a_server_that_talks_to_the_real_gateway_is_left_alone(
    pp: Pp, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PP_DATA_DIR", str(tmp_path))
    lock = tmp_path / LOCK
    lock.write_text(json.dumps({"pid": 1, "url": "http://127.0.0.1:8080", "gateway": "https://api.africastalking.com"}))
    with lock.open() as held:
        fcntl.flock(held, fcntl.LOCK_EX)
        ran = pp("sim", "sms", PHONE)
    assert ran.code == 2
    assert "--sandbox" in ran.err
