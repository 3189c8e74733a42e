"""Logs are JSON lines without secrets and personal data, whoever writes them."""

import io
import json
import logging as stdlib
import re
from collections.abc import Callable, Iterator

import pytest

from pp_core.kernel import logging
from pp_core.kernel.errors import Problem
from pp_core.runtime.wiring import Runtime
from pp_core.tenants.operations import PinInvalid, SetPin
from tests.conftest import onboard

PHONE = "+254711000001"
TOKEN = "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxIn0.c2lnbmF0dXJl"


@pytest.fixture
def lines() -> Iterator[Callable[[], tuple[list[dict[str, object]], str]]]:
    """Everything logged so far, as parsed lines and as text."""
    root = stdlib.getLogger()
    kept, stream = root.handlers[:], io.StringIO()
    logging.set_up("INFO")
    [handler] = root.handlers
    assert isinstance(handler, stdlib.StreamHandler)
    handler.setStream(stream)
    yield lambda: ([json.loads(line) for line in stream.getvalue().splitlines()], stream.getvalue())
    root.handlers[:] = kept


def test_telling_keys_and_values_are_hidden(lines) -> None:
    log = logging.logger("test")
    log.info("sent", phone=PHONE, text=f"call {PHONE} or 0722123456", password="hunter22", pin="4821", token=TOKEN)
    log.info("nested", detail={"to": PHONE, "bearer": TOKEN})
    stdlib.getLogger("somebody.else").warning("could not reach %s with %s", PHONE, TOKEN)
    rows, text = lines()
    assert len(rows) == 3
    assert rows[0]["event"] == "sent"
    for secret in (PHONE, "0722123456", "hunter22", "4821", TOKEN):
        assert secret not in text


def test_an_exception_shows_no_phone(lines) -> None:
    try:
        raise ValueError(f"{PHONE} is not a number that exists")
    except ValueError:
        logging.logger("test").exception("unexpected error")
    _, text = lines()
    assert "Traceback" in text
    assert PHONE not in text


async def test_no_secret_of_a_request_is_logged(lines, runtime: Runtime) -> None:
    gym = await onboard(runtime)
    amina = await gym.add_member()
    with pytest.raises(PinInvalid):
        await gym.operator.run(SetPin(member=amina.code, pin="1111"))
    with pytest.raises(Problem):
        await gym.operator.run(SetPin(member="nobody", pin="8642"))
    _, text = lines()
    assert amina.phone not in text
    for pin in ("8642", "1111"):  # as a word: an id may hold any four digits
        assert re.search(rf"(?<![\w-]){pin}(?![\w-])", text) is None
