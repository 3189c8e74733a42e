"""Steady load on one installation (`SOAK_SECONDS`): no error, no growth without end, nothing left undone."""

import asyncio
import os
import secrets
import time
from collections import Counter
from pathlib import Path

import httpx
import pytest

from tests.kills.installation import Installation, installation

pytestmark = pytest.mark.soak

CLIENTS = 30
WARM_SECONDS = 10
MOST_GROWTH_MB = 60


async def test_steady_load_leaves_nothing_undone_and_does_not_grow() -> None:
    seconds = float(os.environ.get("SOAK_SECONDS", "120"))
    answers: Counter[int] = Counter()
    async with installation() as made:
        await made.sign_in()
        async with httpx.AsyncClient(
            base_url=made.url, timeout=30, limits=httpx.Limits(max_connections=CLIENTS)
        ) as http:
            await asyncio.gather(*(ask(http, made, time.monotonic() + WARM_SECONDS, answers) for _ in range(CLIENTS)))
            warm = megabytes(made)
            await asyncio.gather(*(ask(http, made, time.monotonic() + seconds, answers) for _ in range(CLIENTS)))
        await made.settle()
        grown = megabytes(made) - warm
        print(
            f"{sum(answers.values())} requests: {dict(answers)}; resident memory {warm:.0f} MB, grown by {grown:.0f} MB"
        )
        assert set(answers) == {200, 201}
        assert grown < MOST_GROWTH_MB
        [(written,)] = made.rows("SELECT count(*) FROM workout_sessions WHERE door = 'rest'")
        assert written == answers[201]
        assert made.rows("SELECT 1 FROM jobs.procrastinate_jobs WHERE status <> 'succeeded' LIMIT 1") == []


async def ask(http: httpx.AsyncClient, made: Installation, until: float, answers: Counter[int]) -> None:
    """One client: a write for every three reads."""
    headers = {"Authorization": f"Bearer {made.token}"}
    while time.monotonic() < until:
        body = {"text": "squat 5x5 100, plank 3x60s", "member": made.phone}
        wrote = await http.post(
            "/api/v1/workouts", json=body, headers={**headers, "Idempotency-Key": secrets.token_hex(8)}
        )
        answers[wrote.status_code] += 1
        for path in (
            "/members?search=ami",
            f"/workouts?member={made.phone.replace('+', '%2B')}&limit=5",
            "/reports/attendance",
        ):
            read = await http.get(f"/api/v1{path}", headers=headers)
            answers[read.status_code] += 1


def megabytes(made: Installation) -> float:
    """Resident memory of the server and its worker."""
    assert made.process is not None
    pids = [
        made.process.pid,
        *map(int, Path(f"/proc/{made.process.pid}/task/{made.process.pid}/children").read_text().split()),
    ]
    pages = sum(int(Path(f"/proc/{pid}/statm").read_text().split()[1]) for pid in pids)
    return pages * os.sysconf("SC_PAGE_SIZE") / 1024 / 1024
