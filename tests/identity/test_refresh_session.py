"""Refreshing: each token works once, and one that comes twice ends the session of whoever holds it."""

import asyncio
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest

from pp_core.identity.operations import GetProfile, RefreshInvalid, RefreshSession, SignedIn
from pp_core.kernel.clock import ManualClock
from pp_core.kernel.errors import NotOfThisGym, SessionEnded
from pp_core.kernel.policy import Role
from pp_core.tenants.operations import AssignRoles
from tests.conftest import onboard
from tests.staff import Staff, hire

Rows = Callable[..., list[Any]]


async def refresh(staff: Staff, signed_in: SignedIn, **more: Any) -> SignedIn:
    return await staff.anonymous.run(RefreshSession(refresh_token=signed_in.refresh_token, **more))


async def test_new_tokens_go_on_with_the_session(staff: Staff, clock: ManualClock) -> None:
    first = await staff.sign_in(device="Njeri's phone")
    clock.advance(timedelta(days=6))
    second = await refresh(staff, first)
    clock.advance(timedelta(days=6))
    third = await refresh(staff, second)
    assert first.session_id == second.session_id == third.session_id
    assert len({first.refresh_token, second.refresh_token, third.refresh_token}) == 3
    assert third.gym == first.gym
    await staff.holding(third).run(GetProfile())


async def test_a_week_later_it_has_expired(staff: Staff, clock: ManualClock) -> None:
    signed_in = await staff.sign_in()
    clock.advance(timedelta(days=7))
    for _ in range(2):
        with pytest.raises(RefreshInvalid):
            await refresh(staff, signed_in)
    assert await refresh(staff, await staff.sign_in())


async def test_a_token_used_twice_ends_its_family_and_no_other(staff: Staff, rows: Rows) -> None:
    other_device = await staff.sign_in()
    first = await staff.sign_in()
    second = await refresh(staff, first)
    with pytest.raises(RefreshInvalid):
        await refresh(staff, first)
    with pytest.raises(RefreshInvalid):
        await refresh(staff, second)
    with pytest.raises(SessionEnded):
        await staff.holding(second).run(GetProfile())
    assert await refresh(staff, other_device)
    audited = rows(
        "SELECT outcome, detail FROM audit_entries WHERE operation = 'identity.refresh' AND resource_id = %(id)s"
        " AND outcome <> 'done' ORDER BY id",
        id=first.session_id,
    )
    assert [entry.outcome for entry in audited] == ["identity.refresh_invalid"] * 2
    assert audited[0].detail["reason"] == "reused"
    events = rows("SELECT payload FROM outbox WHERE name = 'identity.session.compromised'")
    assert [str(first.session_id)] == [
        event.payload["session_id"] for event in events if event.payload["user_id"] == str(first.user_id)
    ]


async def test_of_two_at_once_exactly_one_wins_and_the_family_ends(staff: Staff) -> None:
    for _ in range(5):
        signed_in = await staff.sign_in()
        answers = await asyncio.gather(*(refresh(staff, signed_in) for _ in range(4)), return_exceptions=True)
        won = [answer for answer in answers if isinstance(answer, SignedIn)]
        assert len(won) == 1
        assert all(isinstance(answer, (SignedIn, RefreshInvalid)) for answer in answers)
        with pytest.raises(RefreshInvalid):
            await refresh(staff, won[0])


async def test_a_made_up_token_is_refused(staff: Staff) -> None:
    for token in ("ppr_made-up", "", "\x07"):
        with pytest.raises(RefreshInvalid):
            await staff.anonymous.run(RefreshSession(refresh_token=token))


async def test_it_keeps_the_gym_or_changes_to_another(staff: Staff) -> None:
    second = await onboard(staff.gym.runtime, "Westlands Fitness")
    await hire(second, Role.RECEPTION, name="Njeri M", phone=staff.phone)
    there = await refresh(staff, await staff.sign_in(gym=second.slug))
    assert there.gym is not None
    assert there.gym.slug == second.slug
    with pytest.raises(NotOfThisGym):
        await refresh(staff, there, gym="somebody-elses")
    here = await refresh(staff, there, gym=staff.gym.slug)  # the refusal did not spend the token
    assert here.gym is not None
    assert here.gym.slug == staff.gym.slug


async def test_a_role_taken_away_is_gone_from_the_next_token(staff: Staff) -> None:
    signed_in = await staff.sign_in()
    await staff.gym.operator.run(AssignRoles(person_id=staff.person_id, roles=[Role.NUTRITIONIST]))
    again = await refresh(staff, signed_in)
    assert again.gym is not None
    assert again.gym.roles == ["NUTRITIONIST"]
    assert "exercise:manage" not in again.gym.permissions
