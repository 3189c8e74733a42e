"""kill -9 of the server and of PostgreSQL under twenty live streams: nothing acknowledged is missing, nothing is there twice."""

import os
import random

from tests.kills.installation import installation
from tests.kills.tracks import losses, phones_of, streaming, strike, summaries, told


async def test_kills_under_live_streams_lose_and_double_no_point() -> None:
    seed = int(os.environ.get("PP_SEED", random.randrange(10**9)))
    print(f"seed {seed}")
    dice = random.Random(seed)
    victims = ["server", "database", dice.choice(["server", "database"])]
    async with installation() as made:
        phones = await phones_of(made, dice)
        async with streaming(made, phones):
            for victim in victims:
                await strike(made, phones, victim, dice)
        assert losses(made, phones) == []
        assert all(len(phone.acknowledged) == phone.sent for phone in phones)
        assert sum(phone.resent for phone in phones), "no kill met a point on its way"
        assert await summaries(made, phones) == []
        print(f"{len(victims)} kills ({', '.join(victims)}), {told(phones)}; 0 acknowledged points missing, 0 twice")
