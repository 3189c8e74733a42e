"""Importing members: every row is taken, recognised or refused with a reason; repeating an import changes nothing."""

import re
from dataclasses import dataclass
from datetime import date
from typing import Any
from uuid import UUID

from pp_core.kernel.context import TenantContext
from pp_core.kernel.handlers import handles
from pp_core.kernel.ids import new_id
from pp_core.kernel.locale import text
from pp_core.kernel.phone import e164
from pp_core.kernel.policy import Role
from pp_core.kernel.validation import is_line
from pp_core.tenants import events
from pp_core.tenants.operations.members import ImportMembers, ImportReport, MemberInput, MemberRow, RefusedRow
from pp_core.tenants.queries import gyms, people
from pp_core.tenants.rules import member_code, read_date, read_language, same_name, tidy_name

from .members import LIMIT, Consenting, consent_row

PREVIEW = 5
_EMAIL = re.compile(r"[^@\s]+@[^@\s]+\.[^@\s]+")


@dataclass(frozen=True, slots=True)
class _Row:
    line: int
    name: str
    phone: str | None
    email: str | None
    language: str
    joined_on: date


class _Wrong(Exception):  # noqa: N818 - a finding about a row, not an error of ours
    def __init__(self, code: str, field: str, value: str) -> None:
        super().__init__(code)
        self.code, self.field, self.value = code, field, value


@handles(ImportMembers)
async def import_members(ctx: TenantContext, op: ImportMembers) -> ImportReport:
    """Sort the rows into new, known and refused, and store the new ones."""
    refused: list[RefusedRow] = []
    rows: list[_Row] = []
    for given in op.rows:
        try:
            rows.append(_read(given, ctx.today))
        except _Wrong as wrong:
            refused.append(_refusal(ctx, given.line, wrong))
    if not op.dry_run:
        await people.take_turn(ctx.tx, ctx.tenant_id)
    known = await _known(ctx, rows)
    seen: dict[str | None, list[_Row]] = {}
    fresh: list[_Row] = []
    changed: list[tuple[Any, _Row]] = []
    unchanged = 0
    for row in rows:
        person = _match(row, known)
        twin = next((other for other in seen.get(row.phone, ()) if same_name(other.name, row.name)), None)
        if person is not None and person.email is None and row.email is not None:
            changed.append((person, row))
        elif person is not None:
            unchanged += 1
        elif twin is not None:
            refused.append(_refusal(ctx, row.line, _Wrong("import.twice_in_file", "name", row.name), first=twin.line))
        else:
            fresh.append(row)
            seen.setdefault(row.phone, []).append(row)
    ctx.demand_room(LIMIT, await people.count(ctx.tx, ctx.tenant_id), len(fresh))
    branches = await gyms.branches(ctx.tx, ctx.tenant_id)
    first = 0 if op.dry_run or not fresh else await people.take_codes(ctx.tx, ctx.tenant_id, len(fresh))
    stored = [_values(ctx, row, branches[0].id, first + place) for place, row in enumerate(fresh)]
    if not op.dry_run:
        consent = Consenting(given=op.consent)
        await people.insert_people(ctx.tx, stored)
        await people.insert_consents(ctx.tx, [consent_row(ctx, row["id"], consent) for row in stored])
        for person, row in changed:
            await people.update_person(ctx.tx, ctx.tenant_id, person.id, email=row.email)
        for values in stored:
            ctx.emit(events.MemberAdded(person_id=values["id"]))
    ctx.touched("import", None, added=len(stored), refused=len(refused), dry_run=op.dry_run)
    return ImportReport(
        dry_run=op.dry_run,
        added=len(stored),
        unchanged=unchanged,
        updated=len(changed),
        refused=sorted(refused, key=lambda row: row.line),
        preview=[_preview(values) for values in stored[:PREVIEW]],
    )


def _read(given: MemberInput, today: date) -> _Row:
    if not is_line(given.name.strip().replace("\t", " ")):
        raise _Wrong("import.name_unreadable", "name", given.name)
    name = tidy_name(given.name)
    if len(name) < 2 or not any(char.isalpha() for char in name):
        raise _Wrong("import.name_missing", "name", given.name)
    if len(name) > 80:
        raise _Wrong("import.name_long", "name", given.name)
    phone: str | None = None
    if given.phone.strip():
        try:
            phone = e164(_unscientific(given.phone))
        except ValueError:
            raise _Wrong("import.phone_invalid", "phone", given.phone) from None
    email = given.email.strip().lower() or None
    if email is not None and (not _EMAIL.fullmatch(email) or len(email) > 254):
        raise _Wrong("import.email_invalid", "email", given.email)
    language = read_language(given.language)
    if language is None:
        raise _Wrong("import.language_unknown", "language", given.language)
    joined = read_date(given.joined_on) if given.joined_on.strip() else today
    if joined is None:
        raise _Wrong("import.date_invalid", "joined_on", given.joined_on)
    if joined > today:
        raise _Wrong("import.date_in_future", "joined_on", given.joined_on)
    return _Row(given.line, name, phone, email, language, joined)


def _unscientific(phone: str) -> str:
    """Spreadsheets drop the leading zero of a phone, or append `.0`: give back what was meant."""
    digits = re.sub(r"[\s()-]", "", phone).removesuffix(".0")
    return "0" + digits if re.fullmatch(r"[17]\d{8}", digits) else digits


async def _known(ctx: TenantContext, rows: list[_Row]) -> dict[str | None, list[Any]]:
    phones = list({row.phone for row in rows if row.phone})
    names = list({row.name for row in rows if not row.phone})
    found = list(await people.with_phones(ctx.tx, ctx.tenant_id, phones)) if phones else []
    if names:
        found += await people.without_phone_named(ctx.tx, ctx.tenant_id, names)
    by_phone: dict[str | None, list[Any]] = {}
    for person in found:
        by_phone.setdefault(person.phone, []).append(person)
    return by_phone


def _match(row: _Row, known: dict[str | None, list[Any]]) -> Any | None:
    return next((person for person in known.get(row.phone, ()) if same_name(person.name, row.name)), None)


def _values(ctx: TenantContext, row: _Row, branch_id: UUID, number: int) -> dict[str, Any]:
    return {
        "tenant_id": ctx.tenant_id,
        "id": new_id(),
        "user_id": None,
        "branch_id": branch_id,
        "name": row.name,
        "phone": row.phone,
        "email": row.email,
        "code": member_code(number),
        "language": row.language,
        "roles": [Role.CLIENT.value],
        "joined_on": row.joined_on,
    }


def _preview(values: dict[str, Any]) -> MemberRow:
    shown = {name: value for name, value in values.items() if name in MemberRow.model_fields}
    return MemberRow(**shown, status="active")


def _refusal(ctx: TenantContext, line: int, wrong: _Wrong, **values: Any) -> RefusedRow:
    return RefusedRow(
        line=line,
        code=wrong.code,
        field=wrong.field,
        value=wrong.value,
        reason=text(wrong.code, ctx.language, value=wrong.value, **values),
    )
