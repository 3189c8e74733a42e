"""How many texts a second the shorthand parser reads on one core."""

import time

from bench.harness import Figure, at_least
from pp_core.workouts.formats.shorthand import parse
from tests.workouts.formats.corpus import cases

ROUNDS = 8


async def measure() -> list[Figure]:
    """Every text of the three corpora, several times over; each is changed a little so that no memory of it helps."""
    texts = [case.text for name in ("corpus.txt", "corpus_second.txt", "corpus_third.txt") for case in cases(name)]
    for text in texts:
        parse(text)
    started = time.perf_counter()
    for number in range(ROUNDS):
        for text in texts:
            parse(f"{text} {' ' * number}")
    rate = ROUNDS * len(texts) / (time.perf_counter() - started)
    return [at_least("shorthand: texts parsed", rate, "texts/s", limit=1, of=5_000, to="5,000 texts/s")]
