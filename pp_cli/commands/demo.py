"""`pp demo`: one day of a gym, through real processes and sockets, on a database of its own."""

import json
import os
import secrets
import shutil
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.console import Console
from rich.table import Table

from pp_cli.output import said

SLUG = "kilimani"
ADMIN = "+254722000001"
SHORT_CODE = "20880"
TOKEN = "demo"  # noqa: S105 - the simulator's callback address, on this machine only
WAIT_SECONDS = 60

_FIRST = (
    "Amina", "Brian", "Cynthia", "David", "Esther", "Faith", "George", "Halima", "Ian", "Joyce",
    "Kevin", "Lilian", "Moses", "Naomi", "Omar", "Purity", "Rashid", "Sharon", "Tom", "Zawadi",
)  # fmt: skip
_LAST = ("Wanjiru", "Otieno", "Kamau", "Achieng", "Mwangi", "Hassan")


def demo(
    directory: Annotated[
        Path | None, typer.Option(help="Where the demo keeps its database (else the data directory's `demo`).")
    ] = None,
) -> None:
    """Show one day of a gym, on a database of its own.

    Starts the server, its worker and a simulated Africa's Talking, onboards a gym, imports members, logs workouts by SMS,
    REST and command line, and reads the day back. Can be run any number of times.
    """
    console = Console()
    with _stage(directory or _default_directory(), console) as stage:
        stage.open_the_gym()
        stage.import_members()
        stage.sell_and_check_in()
        stage.text_workouts()
        stage.log_elsewhere()
        stage.read_back()
        stage.sum_up()


def _default_directory() -> Path:
    from pp_core.kernel.db.embedded import default_directory

    return default_directory() / "demo"


@dataclass
class _Stage:
    """Everything that runs, and what has been counted."""

    directory: Path
    console: Console
    port: int
    simulator: int
    environment: dict[str, str]
    started: float = field(default_factory=time.monotonic)
    token: str = ""
    counts: dict[str, int] = field(default_factory=dict)
    members: list[dict[str, Any]] = field(default_factory=list)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def open_the_gym(self) -> None:
        """Onboard the gym on the first run; its administrator signs in over REST."""
        self._chapter("demo.open")
        secret = self.directory / "admin-password"
        gyms = json.loads(self._pp("gym", "list", "--format", "json", show=False))["items"]
        if not any(gym["slug"] == SLUG for gym in gyms):
            made = json.loads(
                self._pp(
                    "gym", "onboard", "Kilimani Strength", SLUG, "--admin-name", "Wambui Kamau",
                    "--admin-phone", ADMIN, "--format", "json",
                )
            )  # fmt: skip
            password = secrets.token_urlsafe(12)
            secret.touch(mode=0o600)
            secret.write_text(password)
            self._rest("POST", "/auth/invitations/accept", {"invitation": made["invitation"], "password": password})
        else:
            self._say("demo.again", gym="Kilimani Strength")
        signed_in = self._rest(
            "POST", "/auth/sign-in", {"identifier": ADMIN, "password": secret.read_text(), "gym": SLUG}
        )
        self.token = signed_in["access_token"]
        self._say("demo.signed_in", roles=", ".join(signed_in["gym"]["roles"]))

    def import_members(self) -> None:
        """Import a spreadsheet with a few rows that cannot be right."""
        self._chapter("demo.import")
        file = self.directory / "members.csv"
        file.write_text(_spreadsheet(), encoding="utf-8")
        answer = json.loads(self._pp("member", "import", str(file), "--yes", "--format", "json"))
        self.counts["members"] = answer["added"] + answer["unchanged"] + answer["updated"]
        self._say("demo.imported", added=answer["added"], unchanged=answer["unchanged"], refused=len(answer["refused"]))
        for row in answer["refused"]:
            self.console.print(f"    [dim]{row['line']}:[/] {row['reason']}", soft_wrap=True)
        page = self._rest("GET", "/members?limit=40")
        self.members = [row for row in page["items"] if row["phone"] and row["roles"] == ["CLIENT"]]

    def sell_and_check_in(self) -> None:
        """Sell memberships and let people in, over REST; one without a membership is refused."""
        self._chapter("demo.desk")
        visits = 0
        for member in self.members[:12]:
            held = self._rest("GET", f"/members/{member['id']}/memberships")["items"]
            if not any(one["status"] == "active" for one in held):
                self._rest("POST", f"/members/{member['id']}/memberships", {"plan": "MONTHLY"})
            self._rest("POST", "/visits", {"member": member["code"]})
            visits += 1
        self.counts["visits"] = visits
        self._say("demo.checked_in", count=visits)
        refused = self._rest("POST", "/visits", {"member": self.members[12]["code"]}, expect=403)
        self._say("demo.refused", name=self.members[12]["name"], reason=refused["detail"])

    def text_workouts(self) -> None:
        """Members text their workouts to the short code; the answers come back through the gateway."""
        self._chapter("demo.sms")
        texts = [
            (0, "squat 5x5 100, bench 3x8@60kg, 2x6 @ 65"),
            (1, "nimepiga benchi seti 3 za 8 kilo 60 na pushups 20, 15, 12"),
            (2, "dl 140 5 5 5 rpe8; plank 3x60s felt strong"),
            # Another member each time: who is not understood is answered twice in ten minutes at most.
            (13 + secrets.randbelow(len(self.members) - 13), "habari za leo, mko wazi saa ngapi?"),
        ]
        for place, text in texts:
            member = self.members[place]
            after = self._sent()
            self._simulator("POST", "/sim/incoming", {"from": member["phone"], "to": SHORT_CODE, "text": text})
            self.console.print(f"  [cyan]{member['name']}[/] -> {SHORT_CODE}: {text}", highlight=False, soft_wrap=True)
            reply = self._reply(member["phone"], after)
            self.console.print(
                f"    [green]{SHORT_CODE} ->[/] {reply['text']} [dim]({reply['parts']} SMS)[/]",
                highlight=False,
                soft_wrap=True,
            )
        self.counts["texts"] = len(texts)

    def log_elsewhere(self) -> None:
        """The same by REST and by command line."""
        self._chapter("demo.elsewhere")
        rest = self._rest(
            "POST", "/workouts", {"text": "front squat 3x5 80, pullups 12,10,8", "member": self.members[4]["code"]}
        )
        self._say("demo.rest", name=self.members[4]["name"], canonical=rest["workout"]["canonical"])
        self._pp("workout", "log", "ohp 5x5 42,5", "--member", self.members[5]["code"], echo=True)

    def read_back(self) -> None:
        """The day's report and one member's workouts, as the command line shows them."""
        self._chapter("demo.report")
        today = self._rest("GET", "/reports/attendance")["last"]  # the gym's day, wherever this machine is
        self._pp("report", "attendance", "--from", today, "--until", today, echo=True)
        self._pp("workout", "list", self.members[0]["code"], "--limit", "3", echo=True)
        self.counts["workouts"] = self._rest("GET", f"/reports/attendance?first={today}&last={today}")["workouts"]

    def sum_up(self) -> None:
        """What happened, and where to look next."""
        table = Table(title=said("demo.summary"))
        table.add_column(said("demo.what"))
        table.add_column(said("demo.how_many"), justify="right")
        for name in ("members", "visits", "texts", "workouts"):
            table.add_row(said(f"demo.count.{name}"), str(self.counts[name]))
        table.add_row(said("demo.count.seconds"), f"{time.monotonic() - self.started:.0f}")
        self.console.print()
        self.console.print(table)
        self._say("demo.next", directory=str(self.directory), pp=_typed(), slug=SLUG, phone=self.members[0]["phone"])

    def _chapter(self, key: str) -> None:
        self.console.print()
        self.console.rule(f"[bold]{said(key)}", align="left")

    def _say(self, key: str, **values: Any) -> None:
        self.console.print("  " + said(key, **values), highlight=False, markup=False, soft_wrap=True)

    def _pp(self, *arguments: str, show: bool = True, echo: bool = False) -> str:
        """Run a command as a person would; `echo` shows its output too."""
        if show:
            self.console.print(
                f"  [dim]$ pp {' '.join(_quoted(one) for one in arguments)}[/]", highlight=False, soft_wrap=True
            )
        done = subprocess.run(
            [sys.executable, "-m", "pp_cli", *arguments],
            env=self.environment,
            capture_output=True,
            text=True,
            check=False,
        )
        if done.returncode != 0:
            raise _Broken(f"pp {' '.join(arguments)}: exit {done.returncode}\n{done.stderr}")
        if echo:
            for line in done.stdout.rstrip().splitlines():
                self.console.print("  " + line, highlight=False, markup=False, soft_wrap=True)
        return done.stdout

    def _rest(self, method: str, path: str, body: Any = None, *, expect: int = 201) -> Any:
        headers = {"Idempotency-Key": secrets.token_hex(8)} if method == "POST" else {}
        if self.token:
            headers["Authorization"] = f"Bearer {self.token}"
        return _http(method, f"{self.url}/api/v1{path}", body, headers, {200, 201, 204} if expect == 201 else {expect})

    def _simulator(self, method: str, path: str, body: Any = None) -> Any:
        return _http(method, f"http://127.0.0.1:{self.simulator}{path}", body, {}, {200, 201, 202})

    def _sent(self) -> int:
        return max((one["n"] for one in self._simulator("GET", "/sim/messages")["messages"]), default=0)

    def _reply(self, phone: str, after: int) -> dict[str, Any]:
        until = time.monotonic() + WAIT_SECONDS
        while time.monotonic() < until:
            heard = self._simulator(
                "GET", f"/sim/messages/stream?after={after}&wait=5&phone={phone.replace('+', '%2B')}"
            )
            if heard["messages"]:
                reply: dict[str, Any] = heard["messages"][-1]
                return reply
        raise _Broken(f"no answer came to {phone} within {WAIT_SECONDS} seconds")


class _Broken(Exception):  # noqa: N818 - the story broke off; what it says is for the person watching
    """The story cannot go on."""


@contextmanager
def _stage(directory: Path, console: Console) -> Iterator[_Stage]:
    """Server, worker and simulator, stopped again whatever happens."""
    directory.mkdir(parents=True, exist_ok=True)
    port, simulator = _free_port(), _free_port()
    clean = {name: value for name, value in os.environ.items() if not name.startswith("PP_")}
    environment = {
        **clean,
        "PP_DATA_DIR": str(directory),
        "PP_GYM": SLUG,
        "PP_LANG": os.environ.get("PP_LANG", ""),
        "PP_AT_BASE_URL": f"http://127.0.0.1:{simulator}",
        "PP_AT_API_KEY": "simulator",
        "PP_AT_CALLBACK_TOKEN": TOKEN,
        "PP_RATE_STANDARD": "1000/minute",
        "PP_LOG_LEVEL": "ERROR",
    }
    server = f"http://127.0.0.1:{port}"
    console.print(said("demo.begin", directory=str(directory)), soft_wrap=True)
    log = directory / "demo.log"
    with log.open("w") as errors:
        children = [
            _start(["sim", "sms", "--port", str(simulator), "--callbacks", server], environment, errors),
            _start(["up", "--port", str(port)], environment, errors),
        ]
        try:
            with console.status(said("demo.starting")):
                _wait_for(f"http://127.0.0.1:{simulator}/sim/messages", children)
                _wait_for(f"{server}/readyz", children)
            yield _Stage(directory, console, port, simulator, environment)
        except _Broken as broken:
            console.print(said("demo.broken", reason=str(broken), log=str(log)), style="red", markup=False)
            raise typer.Exit(1) from broken
        finally:
            for child in reversed(children):
                child.send_signal(signal.SIGTERM)
            for child in children:
                try:
                    child.wait(20)
                except subprocess.TimeoutExpired:
                    child.kill()


def _start(arguments: list[str], environment: dict[str, str], errors: Any) -> subprocess.Popen[bytes]:
    return subprocess.Popen(
        [sys.executable, "-m", "pp_cli", *arguments],
        env=environment,
        stdin=subprocess.DEVNULL,
        stdout=errors,
        stderr=errors,
    )


def _wait_for(url: str, children: list[subprocess.Popen[bytes]]) -> None:
    until = time.monotonic() + WAIT_SECONDS
    while time.monotonic() < until:
        if any(child.poll() is not None for child in children):
            raise _Broken("a process ended before it was ready")
        try:
            with urllib.request.urlopen(url, timeout=2):  # noqa: S310 - an address of our own making
                return
        except OSError:
            time.sleep(0.1)
    raise _Broken(f"{url} did not answer within {WAIT_SECONDS} seconds")


def _http(method: str, url: str, body: Any, headers: dict[str, str], expect: set[int]) -> Any:
    data = None if body is None else json.dumps(body).encode()
    if data is not None:
        headers = {**headers, "Content-Type": "application/json"}
    request = urllib.request.Request(url, data=data, headers=headers, method=method)  # noqa: S310 - ours, as above
    try:
        with urllib.request.urlopen(request, timeout=30) as answer:  # noqa: S310
            status, text = answer.status, answer.read()
    except urllib.error.HTTPError as error:
        status, text = error.code, error.read()
    if status not in expect:
        raise _Broken(f"{method} {url}: {status} {text.decode(errors='replace')}")
    return json.loads(text) if text else None


def _spreadsheet() -> str:
    rows = ["Jina,Simu,Barua pepe,Lugha,Tarehe ya kujiunga"]
    for number in range(60):
        first, last = _FIRST[number % 20], _LAST[number % 6]
        language = "sw" if number % 3 == 1 else "en"
        rows.append(
            f"{first} {last},07{11000000 + number * 137},{first.lower()}{number}@example.com,{language},{1 + number % 28}/10/2026"
        )
    rows.append("Grace Njeri,0712,grace@example.com,en,1/10/2026")
    rows.append(",0711999888,nobody@example.com,en,1/10/2026")
    rows.append("Peter Kiptoo,0733123456,peter@example.com,fr,31/02/2026")
    return "\n".join(rows) + "\n"


def _typed() -> str:
    """How a person here types `pp`: the bare name when the shell finds it, else the way to it."""
    called = Path(sys.argv[0])
    if called.name != "pp" or shutil.which("pp") == str(called.absolute()):
        return "pp"
    return os.path.relpath(called)


def _quoted(argument: str) -> str:
    return f'"{argument}"' if " " in argument else argument


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
    return port
