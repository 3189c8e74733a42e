"""A login that does not exist costs the same work as one that does, so that the time of an answer tells nothing."""

from typing import Any

import pytest

from pp_core.identity.operations import RequestPasswordReset, ResetPassword, SignIn
from pp_core.kernel.crypto import ThreadedHasher
from pp_core.kernel.db.transaction import Transaction
from pp_core.kernel.errors import Problem
from pp_core.kernel.operation import Operation
from tests.conftest import new_phone
from tests.staff import PASSWORD, Staff


@pytest.fixture
def work(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Every statement and every hash that is computed, in order."""
    done: list[str] = []
    maybe, run, verify = Transaction.maybe, Transaction.run, ThreadedHasher.verify

    async def spy_maybe(self: Transaction, statement: Any, /, **values: Any) -> Any:
        done.append(statement.prepared(values)[0])
        return await maybe(self, statement, **values)

    async def spy_run(self: Transaction, statement: Any, /, **values: Any) -> int:
        done.append(statement.prepared(values)[0])
        return await run(self, statement, **values)

    async def spy_verify(self: ThreadedHasher, password: str, hashed: str | None) -> tuple[bool, str | None]:
        done.append("a hash")
        return await verify(self, password, hashed)

    monkeypatch.setattr(Transaction, "maybe", spy_maybe)
    monkeypatch.setattr(Transaction, "run", spy_run)
    monkeypatch.setattr(ThreadedHasher, "verify", spy_verify)
    return done


@pytest.mark.parametrize(
    "operation",
    [
        lambda name: SignIn(identifier=name, password="not " + PASSWORD),
        lambda name: RequestPasswordReset(identifier=name),
        lambda name: ResetPassword(identifier=name, code="123456", new_password=PASSWORD),
    ],
    ids=["sign in", "ask for a code", "reset"],
)
async def test_of_known_and_unknown_logins(staff: Staff, work: list[str], operation: Any) -> None:
    async def done_for(name: str) -> tuple[str, list[str]]:
        work.clear()
        asked: Operation[Any] = operation(name)
        try:
            answer = repr(await staff.anonymous.run(asked))
        except Problem as problem:
            answer = repr(problem)
        return answer, list(work)

    known = await done_for(staff.phone)
    assert len(known[1]) >= 3
    for name in (new_phone(), "nobody@example.com", "no login at all"):
        assert await done_for(name) == known
