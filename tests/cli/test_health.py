"""`pp health`."""

import pytest

from .conftest import Pp


def test_health_says_what_is_down_and_why(pp: Pp, slug: str) -> None:
    ran = pp("health")
    assert ran.code in (0, 1)
    lines = ran.out.splitlines()
    assert lines[0].split() == ["Part", "State", "Why", "Last", "sign", "of", "life", "Figures"]
    database, _, sms, ussd, telegram = lines[1:]
    assert database.startswith("Database  OK")
    assert "PostgreSQL 1" in database
    assert "just now" in database
    assert "connections" in database
    # The installation has an account for callbacks only.
    assert sms.startswith("SMS       Not connected")
    assert ussd.startswith("USSD      OK")
    assert telegram.startswith("Telegram  Not connected")


def test_health_in_swahili(pp: Pp, slug: str) -> None:
    ran = pp("health", "--lang", "sw")
    assert ran.out.splitlines()[1].startswith("Hifadhidata")
    assert "sasa hivi" in ran.out


def test_the_exit_code_says_whether_something_is_down(pp: Pp, slug: str) -> None:
    assert pp("gym", "channel", "connect", "telegram", f"{slug}bot").code == 0
    ran = pp("health", "--format", "json")
    assert (ran.code, ran.json["state"]) == (1, "down")
    assert ran.json["parts"][4]["reason"] == "channel.not_served"
    rows = pp("health", "--format", "csv").out.splitlines()
    assert (len(rows), rows[0].split(",")[:3]) == (6, ["name", "state", "reason"])


@pytest.mark.parametrize(("command", "other"), [("health", "pp doctor"), ("doctor", "pp health")])
def test_doctor_and_health_tell_each_other_apart(pp: Pp, command: str, other: str) -> None:
    assert other in " ".join(pp(command, "--help").out.split())
