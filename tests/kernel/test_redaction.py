"""Logs hold no secrets and no personal data, whatever an error quotes."""

import pytest
from pydantic import ValidationError

from pp_core.kernel.events import Event
from pp_core.kernel.logging import redact
from pp_core.kernel.operation import Done


@pytest.mark.parametrize(
    "secret",
    [
        "+254711000001",
        "0711 000 001",
        "0711-000-001",
        "254711000001",
        "+447911123456",
        "amina@example.co.ke",
        "ppr_" + "x" * 43,
        "7000000001:" + "AAF_x-" * 6,
        "https://api.telegram.org/bot7000000001:" + "AAF_x-" * 6,
    ],
)
def test_what_is_personal_is_hidden_wherever_it_stands(secret: str) -> None:
    shown = redact(None, "", {"event": f"could not reach {secret}", "exception": f"ValueError: '{secret}' is taken"})
    assert secret not in str(shown)


def test_the_password_of_an_address_is_hidden() -> None:
    assert "hunter2" not in str(redact(None, "", {"event": "no answer from postgresql://pp_app:hunter2@db:5432/pp"}))


def test_the_row_that_postgresql_quotes_is_hidden() -> None:
    error = (
        'psycopg.errors.CheckViolation: new row for relation "people" violates check constraint "ck_people_status"\n'
        "DETAIL:  Failing row contains (0199, Amina Wanjiru, $argon2id$v=19$m=1).\n\nThe above exception was raised\n"
    )
    shown = redact(None, "", {"exception": error})["exception"]
    assert "Amina" not in shown
    assert "argon2id" not in shown
    assert "ck_people_status" in shown
    assert "The above exception" in shown


def test_times_and_ids_stay_readable() -> None:
    entry = {"event": "fired", "at": "2026-11-21T10:17:00+03:00", "job": "0199f3c7-a107-7c3e-9f52-3b1d6c0a4e21"}
    assert redact(None, "", dict(entry)) == entry


@pytest.mark.parametrize("model", [Done, Event])
def test_a_wrong_value_is_not_quoted(model: type) -> None:
    wrong = {"done": "Amina Wanjiru"} if model is Done else "Amina Wanjiru"
    with pytest.raises(ValidationError) as told:
        model.model_validate(wrong)  # type: ignore[attr-defined]
    assert "Amina" not in str(told.value)
