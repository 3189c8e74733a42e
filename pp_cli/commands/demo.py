"""`pp demo`: one day of a gym, through real processes and sockets, on a database of its own."""

import json
import os
import secrets
import shutil
import subprocess
import sys
import threading
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.console import Console
from rich.panel import Panel
from rich.table import Table
from rich.text import Text

from pp_cli.output import said
from pp_cli.phones import Chat, Dialling
from pp_cli.processes import PATIENCE, Broken, free_port, http, start, stop, unconfigured, wait_for
from pp_cli.sandbox import loop, spreadsheet

SLUG = "kilimani"
ADMIN = "+254722000001"
SHORT_CODE = "20880"
BOT_TOKEN = "7000000001:demo"  # noqa: S105 - of the simulated Telegram, on this machine only
_NOTHING: Mapping[str, str] = {}
BETWEEN_CALLERS = 6.0
"""Seconds between two members who dial in while the screen is open."""
RUN_PLACES, RUN_EVERY = 166, 10
"""How often the demo's runner tells where they are, and how many seconds apart."""
TOKEN = "demo"  # noqa: S105 - the simulator's callback address, on this machine only


def demo(
    directory: Annotated[
        Path | None, typer.Option(help="Where the demo keeps its database (else the data directory's `demo`).")
    ] = None,
) -> None:
    """Show one day of a gym, on a database of its own.

    Starts the server, its worker, a simulated Africa's Talking and a simulated Telegram, onboards a gym, imports members,
    logs workouts by SMS, chat, REST and command line, checks in by USSD, and reads the day back. Can be run any number of
    times.
    """
    console = Console()
    with _stage(directory or _default_directory(), console) as stage:
        stage.open_the_gym()
        stage.import_members()
        stage.sell_and_check_in()
        stage.text_workouts()
        stage.dial_in()
        stage.chat()
        stage.run()
        stage.log_elsewhere()
        stage.read_back()
        stage.sum_up()
        stage.offer_screen()


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
    telegram: int
    environment: dict[str, str]
    started: float = field(default_factory=time.monotonic)
    token: str = ""
    counts: dict[str, int] = field(default_factory=dict)
    members: list[dict[str, Any]] = field(default_factory=list)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    @property
    def _outside(self) -> str:
        return f"http://127.0.0.1:{self.simulator}"

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
        file.write_text(spreadsheet(), encoding="utf-8")
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
            self._sell_to(member)
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

    def dial_in(self) -> None:
        """A member with a feature phone checks in, with the code that the desk shows today."""
        self._chapter("demo.ussd")
        member = self.members[20]
        self._sell_to(member)
        code = self._rest("POST", "/door-codes", {})["code"]
        self._say("demo.code", code=code)
        phone = Dialling(self._outside, member["phone"])
        self._screen(member["name"], phone.dial(), "1")
        self._screen(member["name"], phone.type("1"), code)
        self._screen(member["name"], phone.type(code), "")
        self.counts["visits"] += 1

    def chat(self) -> None:
        """Another writes to the bot, corrects the log by an answer, and then by editing the message."""
        self._chapter("demo.telegram")
        member = self.members[3]
        first_name = member["name"].split()[0]
        chat = Chat(f"http://127.0.0.1:{self.telegram}", first_name, member["phone"])
        self._said(first_name, "(shares the phone number)", chat.open())
        for text in ("deadlift 5x5 120", "no, 3x8"):
            self._said(first_name, text, chat.say(text))
        self._said(first_name, "lunges 3x12 20", chat.say("lunges 3x12 20"))
        self._said(first_name, "(edits it) lunges 3x10 20", chat.edit("lunges 3x10 20"))

    def run(self) -> None:
        """A member runs with the phone they have: they share where they are with the bot, which measures and draws it."""
        self._chapter("demo.run")
        member = self.members[6]
        first_name = member["name"].split()[0]
        chat = Chat(f"http://127.0.0.1:{self.telegram}", first_name, member["phone"])
        chat.open()
        begins = int(time.time()) - RUN_EVERY * RUN_PLACES - 60
        set_out, done = chat.run(loop(RUN_PLACES), begins, RUN_EVERY)
        self._said(first_name, "(shares the live location)", set_out)
        self._said(first_name, f"(moves {RUN_PLACES - 2} times, and stops)", done)
        found = self._rest("GET", f"/activities?member={member['code']}&limit=1")["items"][0]
        self.counts["metres"] = round(found["distance_m"])
        page = self.directory / "run.html"
        self._pp("track", "map", found["id"], "--out", str(page), "--inline", "--force")
        self._say("demo.map", path=str(page))

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
        for name in ("members", "visits", "texts", "workouts", "metres"):
            table.add_row(said(f"demo.count.{name}"), str(self.counts[name]))
        table.add_row(said("demo.count.seconds"), f"{time.monotonic() - self.started:.0f}")
        self.console.print()
        self.console.print(table)
        self._say("demo.next", directory=str(self.directory), pp=_typed(), slug=SLUG, phone=self.members[0]["phone"])

    def offer_screen(self) -> None:
        """Reception's screen on what was just made; while it is open members dial in, as one sees at a desk."""
        self._chapter("demo.screen")
        secret = self.directory / "admin-password"
        self._say(
            "demo.screen_how", pp=_typed(), phone=ADMIN, password=secret.read_text(), directory=str(self.directory)
        )
        if not (sys.stdin.isatty() and sys.stdout.isatty()) or not typer.confirm(
            f"  {said('demo.screen_now')}", default=True
        ):
            return
        here = {"PP_CONFIG_DIR": str(self.directory), "PP_PASSWORD": secret.read_text()}
        self._pp("login", self.url, "--identifier", ADMIN, show=False, more=here)
        callers = threading.Thread(target=self._dial_meanwhile, daemon=True)
        callers.start()
        subprocess.run([sys.executable, "-m", "pp_cli", "tui"], env={**self.environment, **here}, check=False)

    def _dial_meanwhile(self) -> None:
        """Members check in by USSD, one every few seconds; it ends with the demo, in the midst of it if need be."""
        with suppress(Broken, OSError):
            for member in self.members[21:30]:
                time.sleep(BETWEEN_CALLERS)
                self._sell_to(member)
                code = self._rest("POST", "/door-codes", {})["code"]
                phone = Dialling(self._outside, member["phone"])
                phone.dial()
                phone.type("1")
                phone.type(code)

    def _sell_to(self, member: dict[str, Any]) -> None:
        """A month, unless they have one."""
        held = self._rest("GET", f"/members/{member['id']}/memberships")["items"]
        if not any(one["status"] == "active" for one in held):
            self._rest("POST", f"/members/{member['id']}/memberships", {"plan": "MONTHLY"})

    def _screen(self, name: str, page: str, typed: str) -> None:
        self.console.print(Panel(Text(page), title=name, subtitle=typed and f"> {typed}", width=36), highlight=False)

    def _said(self, name: str, text: str, answer: str) -> None:
        self.console.print(f"  [cyan]{name}[/] -> bot: {text}", highlight=False, soft_wrap=True)
        self.console.print(f"    [green]bot ->[/] {' '.join(answer.splitlines())}", highlight=False, soft_wrap=True)

    def _chapter(self, key: str) -> None:
        self.console.print()
        self.console.rule(f"[bold]{said(key)}", align="left")

    def _say(self, key: str, **values: Any) -> None:
        self.console.print("  " + said(key, **values), highlight=False, markup=False, soft_wrap=True)

    def _pp(self, *arguments: str, show: bool = True, echo: bool = False, more: Mapping[str, str] = _NOTHING) -> str:
        """Run a command as a person would; `echo` shows its output too."""
        if show:
            self.console.print(
                f"  [dim]$ pp {' '.join(_quoted(one) for one in arguments)}[/]", highlight=False, soft_wrap=True
            )
        done = subprocess.run(
            [sys.executable, "-m", "pp_cli", *arguments],
            env={**self.environment, **more},
            capture_output=True,
            text=True,
            check=False,
        )
        if done.returncode != 0:
            raise Broken(f"pp {' '.join(arguments)}: exit {done.returncode}\n{done.stderr}")
        if echo:
            for line in done.stdout.rstrip().splitlines():
                self.console.print("  " + line, highlight=False, markup=False, soft_wrap=True)
        return done.stdout

    def _rest(self, method: str, path: str, body: Any = None, *, expect: int = 201) -> Any:
        headers = {"Idempotency-Key": secrets.token_hex(8)} if method == "POST" else {}
        if self.token:
            headers["Authorization"] = f"Bearer {self.token}"
        return http(method, f"{self.url}/api/v1{path}", body, headers, {200, 201, 204} if expect == 201 else {expect})

    def _simulator(self, method: str, path: str, body: Any = None) -> Any:
        return http(method, f"{self._outside}{path}", body, {}, {200, 201, 202})

    def _sent(self) -> int:
        return max((one["n"] for one in self._simulator("GET", "/sim/messages")["messages"]), default=0)

    def _reply(self, phone: str, after: int) -> dict[str, Any]:
        until = time.monotonic() + PATIENCE
        while time.monotonic() < until:
            heard = self._simulator(
                "GET", f"/sim/messages/stream?after={after}&wait=5&phone={phone.replace('+', '%2B')}"
            )
            if heard["messages"]:
                reply: dict[str, Any] = heard["messages"][-1]
                return reply
        raise Broken(f"no answer came to {phone} within {PATIENCE} seconds")


@contextmanager
def _stage(directory: Path, console: Console) -> Iterator[_Stage]:
    """Server, worker and simulator, stopped again whatever happens."""
    directory.mkdir(parents=True, exist_ok=True)
    port, simulator, telegram = free_port(), free_port(), free_port()
    environment = {
        **unconfigured(),
        "PP_DATA_DIR": str(directory),
        "PP_GYM": SLUG,
        "PP_LANG": os.environ.get("PP_LANG", ""),
        "PP_AT_BASE_URL": f"http://127.0.0.1:{simulator}",
        "PP_AT_API_KEY": "simulator",
        "PP_AT_CALLBACK_TOKEN": TOKEN,
        "PP_TELEGRAM_BASE_URL": f"http://127.0.0.1:{telegram}",
        "PP_TELEGRAM_TOKEN": BOT_TOKEN,
        "PP_RATE_STANDARD": "1000/minute",
        "PP_LOG_LEVEL": "ERROR",
    }
    server = f"http://127.0.0.1:{port}"
    console.print(said("demo.begin", directory=str(directory)), soft_wrap=True)
    log = directory / "demo.log"
    with log.open("w") as errors:
        children = [
            start(["sim", "sms", "--port", str(simulator), "--callbacks", server], environment, errors),
            start(["sim", "telegram", "--port", str(telegram), "--callbacks", server], environment, errors),
            start(["up", "--port", str(port)], environment, errors),
        ]
        try:
            with console.status(said("demo.starting")):
                wait_for(f"http://127.0.0.1:{simulator}/sim/messages", children)
                wait_for(f"http://127.0.0.1:{telegram}/sim/users", children)
                wait_for(f"{server}/readyz", children)
            yield _Stage(directory, console, port, simulator, telegram, environment)
        except Broken as broken:
            console.print(said("demo.broken", reason=str(broken), log=str(log)), style="red", markup=False)
            raise typer.Exit(1) from broken
        finally:
            stop(children)


def _typed() -> str:
    """How a person here types `pp`: the bare name when the shell finds it, else the way to it."""
    called = Path(sys.argv[0])
    if called.name != "pp" or shutil.which("pp") == str(called.absolute()):
        return "pp"
    return os.path.relpath(called)


def _quoted(argument: str) -> str:
    return f'"{argument}"' if " " in argument else argument
