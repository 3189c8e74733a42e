"""How long a connection without a request is kept: longer than the clients keep theirs."""

import httpx
import pytest
import uvicorn

from pp_bots.simulator import serving
from pp_bots.simulator.telegram import SimulatorSettings, TelegramSimulator
from pp_core.runtime import serve

CLIENTS_S = httpx.Limits().keepalive_expiry or 0.0


@pytest.mark.parametrize("kept_s", [serving.IDLE_SECONDS, serve.IDLE_SECONDS])
def test_an_idle_connection_outlives_its_client_s(kept_s: int) -> None:
    """A request on a connection that is being closed is lost, and nobody knows whether it was heard."""
    assert CLIENTS_S > 0
    assert kept_s > 2 * CLIENTS_S


async def test_a_simulator_keeps_to_it(monkeypatch: pytest.MonkeyPatch) -> None:
    told: list[int] = []

    class Config(uvicorn.Config):
        def __init__(self, *args: object, **more: object) -> None:
            super().__init__(*args, **more)  # type: ignore[arg-type]
            told.append(self.timeout_keep_alive)

    monkeypatch.setattr(uvicorn, "Config", Config)
    async with TelegramSimulator(SimulatorSettings()):
        assert told == [serving.IDLE_SECONDS]
