"""Live streams through many kills (`SOAK_TRACKS`) of the server and of PostgreSQL, at moments drawn at random."""

import os
import random

import pytest

from tests.kills.installation import installation
from tests.kills.tracks import losses, phones_of, streaming, strike, summaries, told

pytestmark = pytest.mark.soak


async def test_many_kills_under_live_streams_lose_and_double_no_point() -> None:
    kills = int(os.environ.get("SOAK_TRACKS", "50"))
    seed = int(os.environ.get("PP_SEED", random.randrange(10**9)))
    dice = random.Random(seed)
    async with installation() as made:
        phones = await phones_of(made, dice, hours=40.0)
        for number in range(kills):
            victim = dice.choice(["server", "database"])
            async with streaming(made, phones):
                await strike(made, phones, victim, dice)
            print(f"seed {seed}, kill {number + 1} of {kills}: {victim}; {told(phones)}")
            assert losses(made, phones) == []
        assert await summaries(made, phones) == []
    print(f"{kills} kills under {told(phones)}; 0 acknowledged points missing, 0 twice")
