"""No password, token, code or PIN is found in the audit trail, the outbox, the jobs, the stored answers or the logs."""

import logging
import re
from collections.abc import Callable
from typing import Any

import pytest
from pydantic import ValidationError

from pp_core.identity.operations import (
    ChangePassword,
    CodeInvalid,
    CredentialsWrong,
    GrantPlatform,
    RefreshInvalid,
    RefreshSession,
    RequestPasswordReset,
    ResetPassword,
    SignIn,
)
from pp_core.kernel.call import Operator
from pp_core.kernel.errors import PermissionMissing
from pp_core.kernel.policy import Role
from pp_core.tenants.operations import AcceptInvitation, InvitationInvalid, InviteStaff, SetPin
from tests.conftest import new_phone
from tests.staff import OTHER_PASSWORD, PASSWORD, Staff

from .conftest import CodeReader

_KEPT = """
SELECT string_agg(kept, E'\\n') AS text FROM (
  SELECT to_jsonb(a)::text FROM audit_entries a UNION ALL SELECT to_jsonb(o)::text FROM outbox o
  UNION ALL SELECT to_jsonb(j)::text FROM jobs.procrastinate_jobs j UNION ALL SELECT to_jsonb(k)::text FROM idempotency_keys k
  UNION ALL SELECT to_jsonb(m)::text FROM outgoing_messages m WHERE m.recipient = %(phone)s AND m.purpose = 'code'
) AS everything(kept)
"""


def test_a_request_that_is_not_right_does_not_tell_what_was_in_it() -> None:
    with pytest.raises(ValidationError) as refused:
        SignIn.model_validate({"identifier": "x", "password": PASSWORD, "pasword": OTHER_PASSWORD})
    assert PASSWORD not in str(refused.value)
    assert OTHER_PASSWORD not in str(refused.value)


async def test_nothing_secret_is_kept_in_clear(
    staff: Staff,
    codes: CodeReader,
    rows: Callable[..., list[Any]],
    caplog: pytest.LogCaptureFixture,
    capsys: pytest.CaptureFixture[str],
) -> None:
    caplog.set_level(logging.DEBUG)
    wrong, newest = "wrong-password-of-mine", "a third password of hers"
    invited = await staff.gym.operator.run(
        InviteStaff(name="Achieng Odhiambo", phone=new_phone(), roles=[Role.RECEPTION]), key="once"
    )
    assert invited.invitation is not None
    for invitation, password, problem in (
        ("ppi_wrong-invitation", PASSWORD, InvitationInvalid),
        (invited.invitation, OTHER_PASSWORD, None),
    ):
        accept = AcceptInvitation(invitation=invitation, password=password)
        if problem is None:
            await staff.anonymous.run(accept)
        else:
            with pytest.raises(problem):
                await staff.anonymous.run(accept)
    first = await staff.sign_in()
    with pytest.raises(CredentialsWrong):
        await staff.sign_in(wrong)
    second = await staff.anonymous.run(RefreshSession(refresh_token=first.refresh_token))
    with pytest.raises(RefreshInvalid):
        await staff.anonymous.run(RefreshSession(refresh_token=first.refresh_token))
    third = await staff.sign_in()
    device = staff.holding(third)
    await device.run(ChangePassword(current_password=PASSWORD, new_password=OTHER_PASSWORD))
    await device.run(SetPin(pin="739104"))
    await staff.gym.operator.run(SetPin(member=str(staff.person_id), pin="628015"), key="pin")
    with pytest.raises(PermissionMissing):
        await device.run(InviteStaff(name="Somebody", phone=new_phone(), roles=[Role.TRAINER]))
    await staff.anonymous.run(RequestPasswordReset(identifier=staff.phone))
    (code,) = await codes(staff.phone)
    with pytest.raises(CodeInvalid):
        await staff.anonymous.run(ResetPassword(identifier=staff.phone, code="00-00-01", new_password=newest))
    await staff.anonymous.run(ResetPassword(identifier=staff.phone, code=code, new_password=newest))
    operator = staff.gym.acting(Operator("tester"))
    await operator.run(GrantPlatform(identifier=f"r{staff.phone[1:]}@example.com", password=newest), key="grant")
    kept = rows(_KEPT, phone=staff.phone)[0].text
    logged = "\n".join([caplog.text, *capsys.readouterr()])
    secrets = [
        *(PASSWORD, OTHER_PASSWORD, newest, wrong, "739104", "628015", "00-00-01", invited.invitation, "ppi_wrong"),
        *(token for signed_in in (first, second, third) for token in (signed_in.access_token, signed_in.refresh_token)),
    ]
    for place in (kept, logged):
        assert [secret for secret in secrets if secret in place] == []
        assert not re.search(rf"(?<!\d){code}(?!\d)", place)
    assert staff.phone in kept  # the search looked at the right rows
