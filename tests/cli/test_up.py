"""`pp up`: one command, one at a time, that stops cleanly and survives its worker; and signing in to it."""

import json
import os
import signal
import socket
import stat
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import httpx
import pytest

from tests.bots.receiver import free_port
from tests.cli.conftest import ROOT, Pp, Ran

PASSWORD = "kettle on the hob 44"
PATIENCE = 30.0


def until(true: Callable[[], object], what: str) -> None:
    deadline = time.monotonic() + PATIENCE
    while not true():
        assert time.monotonic() < deadline, f"never: {what}"
        time.sleep(0.05)


def children(pid: int) -> list[int]:
    return [int(word) for word in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]


def alive(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False


@dataclass
class Server:
    process: "subprocess.Popen[bytes]"
    url: str
    log: Path

    @property
    def worker(self) -> int | None:
        found = children(self.process.pid)
        return found[0] if found else None

    def ready(self) -> bool:
        assert self.process.poll() is None, self.log.read_text()
        try:
            return httpx.get(f"{self.url}/healthz").status_code == 200
        except httpx.TransportError:
            return False


@pytest.fixture
def up(installation: dict[str, str], tmp_path: Path) -> Iterator[Server]:
    port = free_port()
    log = tmp_path / "up.log"
    process = subprocess.Popen(
        [sys.executable, "-m", "pp_cli", "up", "--port", str(port)],
        env={**os.environ, **installation},
        stderr=log.open("wb"),
        stdout=subprocess.DEVNULL,
        cwd=ROOT,
    )
    server = Server(process, f"http://127.0.0.1:{port}", log)
    try:
        until(server.ready, "ready")
        until(lambda: server.worker, "a worker")
        yield server
    finally:
        left = children(process.pid) if process.poll() is None else []
        process.kill()
        process.wait()
        until(lambda: not any(alive(pid) for pid in left), "the worker follows")


def test_it_serves_replaces_a_killed_worker_and_stops_cleanly(up: Server, spawn: Callable[..., Ran]) -> None:
    until(lambda: up.url in up.log.read_text(), "the address is told")
    first = up.worker
    assert first
    os.kill(first, signal.SIGKILL)
    until(lambda: up.worker not in (None, first), "another worker")
    assert up.ready()
    worker = up.worker
    second = spawn("up", "--port", str(free_port()))
    assert second.code == 6
    assert "up.already_running" in second.err
    assert str(up.process.pid) in second.err
    up.process.send_signal(signal.SIGTERM)
    assert up.process.wait(PATIENCE) == 0
    assert worker
    assert not alive(worker)
    assert not [line for line in up.log.read_text().splitlines() if line.startswith("Traceback")]


def test_requests_in_hand_are_finished(up: Server) -> None:
    with socket.create_connection(("127.0.0.1", int(up.url.rpartition(":")[2]))) as caller:
        body = b'{"identifier": "nobody@example.com", "password": "not the password"}'
        head = f"Host: x\r\nContent-Type: application/json\r\nContent-Length: {len(body)}\r\nConnection: close\r\n\r\n"
        caller.sendall(b"POST /api/v1/auth/sign-in HTTP/1.1\r\n" + head.encode() + body[:10])
        time.sleep(0.3)
        up.process.send_signal(signal.SIGINT)
        time.sleep(0.3)
        caller.sendall(body[10:])
        caller.settimeout(PATIENCE)
        assert caller.recv(100).startswith(b"HTTP/1.1 ")
    assert up.process.wait(PATIENCE) == 0


def test_who_watches_does_not_hold_up_the_stop(up: Server, pp: Pp, slug: str) -> None:
    invited = pp("staff", "invite", "Asha Njeri", "0712555044", "--role", "RECEPTION", "--format", "json").json
    accept = {"invitation": invited["invitation"], "password": PASSWORD}
    assert httpx.post(f"{up.url}/api/v1/auth/invitations/accept", json=accept).status_code == 204
    sign_in = {"identifier": "0712555044", "password": PASSWORD, "gym": slug}
    token = httpx.post(f"{up.url}/api/v1/auth/sign-in", json=sign_in).json()["access_token"]
    address = f"{up.url}/api/v1/live/memberships.watch_visits"
    with httpx.stream("GET", address, headers={"Authorization": f"Bearer {token}"}, timeout=PATIENCE) as answer:
        lines = answer.iter_lines()
        assert next(lines) == "event: change"
        up.process.send_signal(signal.SIGTERM)
        assert [line for line in lines if line] == ['data: {"ids":[],"began":true}']  # whole, or httpx raises
    assert up.process.wait(PATIENCE) == 0
    assert "graceful shutdown exceeded" not in up.log.read_text()


def test_the_worker_goes_when_its_parent_is_killed(up: Server) -> None:
    worker = up.worker
    assert worker
    up.process.kill()
    up.process.wait()
    until(lambda: not alive(worker), "the worker follows")


def test_a_port_in_use_is_told(spawn: Callable[..., Ran]) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        ran = spawn("up", "--port", str(taken.getsockname()[1]))
    assert ran.code == 6
    assert "up.port_taken" in ran.err


def test_the_same_commands_work_signed_in(
    up: Server, pp: Pp, slug: str, installation: dict[str, str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("PP_CONFIG_DIR", str(tmp_path / "config"))
    admin = pp("member", "list", "--format", "json").json["items"][0]
    invited = pp("staff", "invite", "Asha Njeri", "0712555001", "--role", "GYM_ADMIN", "--format", "json").json
    monkeypatch.setenv("PP_PASSWORD", PASSWORD)
    assert pp("staff", "accept", invited["invitation"]).code == 0
    monkeypatch.delenv("PP_GYM")

    assert pp("login", up.url, "-i", "0712555001").code == 0
    kept = tmp_path / "config" / "logins.json"
    assert stat.S_IMODE(kept.stat().st_mode) == 0o600
    assert PASSWORD not in kept.read_text()
    who = pp("whoami", "--format", "json").json
    assert (who["where"], who["gym"], who["roles"]) == (up.url, slug, ["GYM_ADMIN"])
    assert admin["code"] in [item["code"] for item in pp("member", "list", "--format", "json").json["items"]]
    assert pp("member", "show", "M09999").code == 3
    assert pp("gym", "list").code == 4  # no operator of that machine
    assert pp("gym", "list", "--local").code == 0

    # An access token that has ended is exchanged, by one command at a time.
    spoilt = json.loads(kept.read_text())
    spoilt["logins"][up.url]["access"][slug]["ends_at"] = 0
    kept.write_text(json.dumps(spoilt))
    ran: list[int] = []
    threads = [threading.Thread(target=lambda: ran.append(in_a_process(kept.parent, installation))) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert ran == [0, 0, 0]

    assert pp("logout").code == 0
    assert pp("whoami", "--format", "json").json["who"].startswith("operator:")

    monkeypatch.setenv("PP_PASSWORD", "not the password")
    assert pp("login", up.url, "-i", "0712555999").code == 4
    assert pp("login", f"http://127.0.0.1:{free_port()}", "-i", "0712555999").code == 6
    assert pp("login", "http://gym.example.com", "-i", "0712555999").code == 2


def in_a_process(config: Path, installation: dict[str, str]) -> int:
    return subprocess.run(
        [sys.executable, "-m", "pp_cli", "member", "list"],
        env={**os.environ, **installation, "PP_CONFIG_DIR": str(config)},
        cwd=ROOT,
        check=False,
        capture_output=True,
    ).returncode
