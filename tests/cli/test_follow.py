"""`pp visits --follow`: people are shown as they come in, whoever let them in, until Ctrl-C."""

import json
import os
import signal
import subprocess
import sys
from collections.abc import AsyncGenerator, Callable, Iterator
from contextlib import contextmanager
from typing import Any
from uuid import UUID

import pytest

from pp_cli.commands.memberships import _arrivals
from pp_core.kernel.watching import Change
from pp_core.memberships.operations import CheckIn, ListVisits
from tests.cli.conftest import ROOT, Ran
from tests.conftest import Gym, new_phone

Spawn = Callable[..., Ran]


@pytest.fixture
def slug(spawn: Spawn) -> str:
    """A gym with somebody who has come in."""
    name = f"g{os.urandom(5).hex()}"
    made = spawn("gym", "onboard", "Kilimani Strength", name, "--admin-name", "Wambui", "--admin-phone", new_phone())
    assert made.code == 0, made.err
    come_in(spawn, name)
    return name


def come_in(spawn: Spawn, slug: str) -> str:
    """Add a member and let them in; their code."""
    added = spawn("member", "add", "Amina Wanjiru", new_phone(), "--gym", slug, "--format", "json")
    assert added.code == 0, added.err
    code: str = added.json["code"]
    let_in = spawn("checkin", code, "--override", "first visit", "--gym", slug)
    assert let_in.code == 0, let_in.err
    return code


@contextmanager
def following(installation: dict[str, str], slug: str, *options: str) -> Iterator["subprocess.Popen[str]"]:
    """The command, once it follows; it has to end well on Ctrl-C."""
    with subprocess.Popen(
        [sys.executable, "-m", "pp_cli", "visits", "--follow", "--gym", slug, *options],
        env={**os.environ, **installation},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        cwd=ROOT,
    ) as process:
        try:
            assert process.stdout
            assert process.stderr
            assert "from now on" in process.stderr.readline()
            yield process
            process.send_signal(signal.SIGINT)
            assert process.wait(30) == 0
            assert process.stdout.read() == ""
            assert process.stderr.read() == ""
        finally:
            process.kill()


def test_each_is_a_json_object_on_a_line_of_its_own(installation: dict[str, str], spawn: Spawn, slug: str) -> None:
    with following(installation, slug, "--format", "json") as process:
        assert process.stdout
        for _ in range(2):
            code = come_in(spawn, slug)
            visit = json.loads(process.stdout.readline())
            assert (visit["person_code"], visit["override_reason"]) == (code, "first visit")


def test_each_is_a_line_for_people_and_one_of_csv(installation: dict[str, str], spawn: Spawn, slug: str) -> None:
    with (
        following(installation, slug) as plain,
        following(installation, slug, "--format", "csv") as csv,
    ):
        assert plain.stdout
        assert csv.stdout
        codes = [come_in(spawn, slug) for _ in range(2)]
        assert [f"  {code}  Amina Wanjiru  cli  first visit\n" in plain.stdout.readline() for code in codes] == [
            True,
            True,
        ]
        assert csv.stdout.readline().startswith("id,person_id,person_name,person_code")
        assert [f",{code}," in csv.stdout.readline() for code in codes] == [True, True]


def test_only_the_member_asked_for(installation: dict[str, str], spawn: Spawn, slug: str) -> None:
    added = spawn("member", "add", "Brian Otieno", new_phone(), "--gym", slug, "--format", "json").json["code"]
    with following(installation, slug, added, "--format", "json") as process:
        assert process.stdout
        come_in(spawn, slug)
        assert spawn("checkin", added, "--override", "first visit", "--gym", slug).code == 0
        assert json.loads(process.stdout.readline())["person_code"] == added


async def test_who_lagged_reads_what_was_missed_page_by_page(gym: Gym) -> None:
    async def in_one() -> UUID:
        member = await gym.add_member()
        return (await gym.operator.run(CheckIn(member=member.code, override_reason="first visit"))).visit.id

    await in_one()
    missed: list[UUID] = []

    class Lagging:
        """A client that overflows while five come in, and then hears of the last of them."""

        async def run(self, op: Any) -> Any:
            return await gym.operator.run(op)

        async def watch(self, topic: Any) -> AsyncGenerator[Change, None]:
            yield Change(began=True)
            missed.extend([await in_one() for _ in range(5)])
            yield Change(began=True)
            yield Change(ids=(missed[-1],))

    arrivals = _arrivals(Lagging(), ListVisits(limit=2))  # type: ignore[arg-type]
    assert [visit.id async for visit in arrivals] == missed
