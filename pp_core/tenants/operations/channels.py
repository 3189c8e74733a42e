"""Channels: the short codes, service codes and bots that are a gym's own."""

from datetime import datetime
from typing import ClassVar, Literal
from uuid import UUID

from pydantic import Field

from pp_core.kernel.errors import Kind, NotFound, Problem
from pp_core.kernel.operation import Done, Operation, Result
from pp_core.kernel.policy import Permission, Policy, Scope

ChannelKind = Literal["sms", "ussd", "telegram"]


class ChannelTaken(Problem):
    """The address leads to another gym, or is connected already."""

    kind = Kind.CONFLICT
    code = "tenants.channel_taken"


class ShortCodeInvalid(Problem):
    """The address is no short code, phone number or sender name, which are what texts are written to."""

    kind = Kind.INVALID
    code = "tenants.short_code_invalid"


class ServiceCodeInvalid(Problem):
    """The address is no USSD service code, which begins with * and ends with #."""

    kind = Kind.INVALID
    code = "tenants.service_code_invalid"


class BotNameInvalid(Problem):
    """The address is no username of a Telegram bot."""

    kind = Kind.INVALID
    code = "tenants.bot_name_invalid"


class ChannelRow(Result):
    """A channel of the gym's own."""

    id: UUID
    kind: ChannelKind
    address: str = Field(description="As gateways send it: 22384, *384*77#, kilimanibot")
    created_at: datetime


class ChannelList(Result):
    """All channels of a gym, by kind and address."""

    items: list[ChannelRow]


class ListChannels(Operation[ChannelList]):
    """List the short codes, service codes and bots that belong to this gym alone."""

    policy: ClassVar = Policy(
        name="tenants.list_channels", scope=Scope.TENANT, permission=Permission.CHANNEL_MANAGE, reads_only=True
    )


class ConnectChannel(Operation[ChannelRow]):
    """Say that a short code, service code or bot belongs to this gym alone."""

    policy: ClassVar = Policy(name="tenants.connect_channel", scope=Scope.TENANT, permission=Permission.CHANNEL_MANAGE)
    errors: ClassVar = (ChannelTaken, ShortCodeInvalid, ServiceCodeInvalid, BotNameInvalid)

    kind: ChannelKind = Field(description="What sort of channel")
    address: str = Field(min_length=2, max_length=40, description="Short code, service code or bot name")


class DisconnectChannel(Operation[Done]):
    """Let a short code, service code or bot go; texts to it are then those of a shared one."""

    policy: ClassVar = Policy(
        name="tenants.disconnect_channel", scope=Scope.TENANT, permission=Permission.CHANNEL_MANAGE
    )
    errors: ClassVar = (NotFound,)

    channel_id: UUID = Field(description="The channel, as the list shows it")
