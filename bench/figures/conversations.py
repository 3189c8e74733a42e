"""What conversations that are open cost: nothing in the server, and a row in the database."""

import asyncio

import psycopg

from bench.harness import Connection, Figure, at_most, directory, megabytes, server, world
from bench.phones import Dialler, members, phone

OPEN = 10_000
WARM = 3_000
"""Turns before the first look: pools, prepared statements and the allocator have settled then."""
CONNECTIONS = 16


async def measure() -> list[Figure]:
    """Ten thousand phones dial and stay in the menu; then each of them types once more."""
    with directory("conversations") as path:
        async with world(path) as made, server(path) as served:
            await members(made, OPEN + WARM)
            admin = made.runtime.home.urls.admin or ""
            await _dial(served.port, range(OPEN + 1, OPEN + WARM + 1), rounds=1)
            rows, size = _kept(admin)
            before = megabytes(served.pid)
            await _dial(served.port, range(1, OPEN + 1), rounds=1)
            opened = megabytes(served.pid)
            more_rows, more = _kept(admin)
            await _dial(served.port, range(1, OPEN + 1), rounds=2)
            after = megabytes(served.pid)
    assert more_rows - rows == OPEN
    thousands = OPEN / 1000
    return [
        at_most("server memory for 1,000 open conversations", (opened - before) / thousands, "MB", limit=1, of=0.5, to="0.5 MB"),
        at_most("server memory over 30,000 turns: grown", after - before, "MB", limit=1, of=10, to="10 MB"),
        at_most("database for one open conversation", (more - size) / OPEN, "bytes", limit=1, of=2_048, to="2 kB"),
    ]  # fmt: skip


async def _dial(port: int, phones: range, rounds: int) -> None:
    numbers = iter(phones)

    async def drive() -> None:
        connection = await Connection.open(port)
        for number in numbers:
            for _ in range(rounds):
                dialler = Dialler(connection, phone(number))
                page = await dialler.send()
                assert page.startswith("CON "), page
        connection.close()

    await asyncio.gather(*(drive() for _ in range(CONNECTIONS)))


def _kept(admin: str) -> tuple[int, int]:
    """Conversations and the bytes that they take with their indexes."""
    with psycopg.connect(admin, autocommit=True) as connection:
        connection.execute("VACUUM conversations")
        row = connection.execute(
            "SELECT count(*), pg_total_relation_size('conversations') FROM conversations"
        ).fetchone()
    assert row is not None
    return int(row[0]), int(row[1])
