"""Members: adding, importing, finding and changing them."""

from datetime import date
from typing import ClassVar, Literal
from uuid import UUID

from pydantic import Field

from pp_core.kernel.clock import Day
from pp_core.kernel.errors import Kind, Problem
from pp_core.kernel.operation import Done, Operation, Result
from pp_core.kernel.pagination import DEFAULT_SIZE, LARGEST_SIZE, Page
from pp_core.kernel.phone import Phone
from pp_core.kernel.policy import Feature, Permission, Policy, Rate, Scope
from pp_core.kernel.validation import Line

IMPORT_BATCH = 500
"""The most rows of one `ImportMembers`; a file is sent in batches."""


class PersonUnknown(Problem):
    """There is no such person in this gym, or the caller may not see them."""

    kind = Kind.NOT_FOUND
    code = "tenants.person_unknown"


class PhoneTaken(Problem):
    """Someone of that name has that phone in this gym already: `code` is theirs."""

    kind = Kind.CONFLICT
    code = "tenants.phone_taken"


class MemberRow(Result):
    """A person as a list shows them."""

    id: UUID
    code: str = Field(description="Member code, such as M00042")
    name: str
    phone: str | None
    email: str | None
    language: str
    roles: list[str]
    status: str = Field(description="active or left")
    joined_on: date
    branch_id: UUID | None


class Member(MemberRow):
    """A person in full."""

    has_pin: bool
    has_login: bool
    consented: bool = Field(description="Whether the consent to keep their data is on record")


class MemberPage(Page[MemberRow]):
    """One page of people, by name."""


class AddMember(Operation[Member]):
    """Add a member, recording their consent to the gym keeping their data."""

    policy: ClassVar = Policy(name="tenants.add_member", scope=Scope.TENANT, permission=Permission.MEMBER_MANAGE)
    errors: ClassVar = (PhoneTaken,)

    name: Line = Field(min_length=2, max_length=80, description="Name")
    phone: Phone | None = Field(default=None, description="Phone, as 0712345678 or +254712345678")
    email: str | None = Field(default=None, max_length=254, pattern=r"^[^@\s]+@[^@\s]+\.[^@\s]+$", description="E-mail")
    language: Literal["en", "sw"] = Field(default="en", description="Language of their texts: en or sw")
    branch_id: UUID | None = Field(default=None, description="Home branch; the first one when left out")
    joined_on: Day | None = Field(default=None, description="Day they joined; today when left out")
    consent: bool = Field(default=True, description="They agreed that the gym keeps their data")


class MemberInput(Result):
    """One row of an import, as the file spells it; nothing is checked yet."""

    line: int = Field(ge=1, description="Line of the file, for the report")
    name: str = Field(default="", max_length=200, description="Name")
    phone: str = Field(default="", max_length=60, description="Phone in any usual spelling")
    email: str = Field(default="", max_length=300, description="E-mail")
    language: str = Field(default="", max_length=40, description="en, sw, English or Kiswahili")
    joined_on: str = Field(default="", max_length=40, description="Day they joined, as 2026-11-21 or 21/11/2026")
    plan: str = Field(default="", max_length=80, description="Code of the plan they are on")
    plan_ends_on: str = Field(default="", max_length=40, description="Last day of that plan")


class RefusedRow(Result):
    """A row that was not taken, and why."""

    line: int
    code: str = Field(description="Stable code of the reason")
    field: str | None
    value: str
    reason: str = Field(description="What was wrong and what would be right, in the caller's language")


class ImportReport(Result):
    """What an import did, or would do."""

    dry_run: bool
    added: int
    unchanged: int = Field(description="Rows of people who were there already, with nothing new")
    updated: int = Field(description="Rows of people who were there already and got something they lacked")
    refused: list[RefusedRow]
    preview: list[MemberRow] = Field(description="The first people added or updated, as they will be")


class ImportMembers(Operation[ImportReport]):
    """Import a batch of members; repeating it changes nothing, refused rows stop none of the others."""

    policy: ClassVar = Policy(
        name="tenants.import_members",
        scope=Scope.TENANT,
        permission=Permission.MEMBER_MANAGE,
        feature=Feature.MEMBER_IMPORT,
        rate=Rate.UPLOAD,
    )

    rows: list[MemberInput] = Field(min_length=1, max_length=IMPORT_BATCH, description="Rows of the file")
    dry_run: bool = Field(default=False, description="Say what would happen and change nothing")
    consent: bool = Field(default=True, description="The gym holds these people's consent")


class ListMembers(Operation[MemberPage]):
    """List or search members by any part of name, phone, e-mail or member code."""

    policy: ClassVar = Policy(
        name="tenants.list_members",
        scope=Scope.TENANT,
        permission=Permission.MEMBER_READ,
        reads_only=True,
        rate=Rate.SEARCH,
    )

    search: str | None = Field(default=None, max_length=80, description="Any part of name, phone, e-mail or code")
    limit: int = Field(default=DEFAULT_SIZE, ge=1, le=LARGEST_SIZE, description="Rows a page")
    cursor: str | None = Field(default=None, max_length=500, description="Where the previous page ended")


class GetMember(Operation[Member]):
    """Show one person, by id, member code or phone; without any, the caller."""

    policy: ClassVar = Policy(
        name="tenants.get_member",
        scope=Scope.TENANT,
        permission=Permission.MEMBER_READ,
        own_permission=Permission.MEMBER_READ_OWN,
        reads_only=True,
    )
    errors: ClassVar = (PersonUnknown,)

    member: str | None = Field(default=None, max_length=60, description="Id, member code or phone; left out: yourself")


class UpdateMember(Operation[Member]):
    """Change a person's details; what is left out stays."""

    policy: ClassVar = Policy(name="tenants.update_member", scope=Scope.TENANT, permission=Permission.MEMBER_MANAGE)
    errors: ClassVar = (PersonUnknown, PhoneTaken)

    member: str = Field(max_length=60, description="Id, member code or phone")
    name: Line | None = Field(default=None, min_length=2, max_length=80, description="Name")
    phone: Phone | None = Field(default=None, description="Phone")
    email: str | None = Field(default=None, max_length=254, pattern=r"^[^@\s]+@[^@\s]+\.[^@\s]+$", description="E-mail")
    language: Literal["en", "sw"] | None = Field(default=None, description="en or sw")
    status: Literal["active", "left"] | None = Field(default=None, description="active or left")


class SetLanguage(Operation[Done]):
    """Set the language of your own texts; a member's is set with their other details."""

    policy: ClassVar = Policy(name="tenants.set_language", scope=Scope.TENANT, permission=Permission.MEMBER_READ_OWN)
    errors: ClassVar = (PersonUnknown,)

    language: Literal["en", "sw"] = Field(description="en or sw")
