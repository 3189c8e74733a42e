"""Channels: connecting an address to the gym, and letting it go."""

from pp_core.kernel.context import TenantContext
from pp_core.kernel.errors import NotFound
from pp_core.kernel.handlers import handles
from pp_core.kernel.ids import new_id
from pp_core.kernel.operation import Done
from pp_core.tenants.operations.channels import (
    BotNameInvalid,
    ChannelList,
    ChannelRow,
    ChannelTaken,
    ConnectChannel,
    DisconnectChannel,
    ListChannels,
    ServiceCodeInvalid,
    ShortCodeInvalid,
)
from pp_core.tenants.queries import channels
from pp_core.tenants.rules import channel_address, is_channel_address


@handles(ListChannels)
async def list_channels(ctx: TenantContext, op: ListChannels) -> ChannelList:
    """All channels."""
    return ChannelList(items=[ChannelRow(**row._asdict()) for row in await channels.of_gym(ctx.tx, ctx.tenant_id)])


@handles(ConnectChannel)
async def connect_channel(ctx: TenantContext, op: ConnectChannel) -> ChannelRow:
    """A channel of the gym's own, kept as the gateway will name it."""
    address = channel_address(op.kind, op.address)
    if not is_channel_address(op.kind, address):
        match op.kind:
            case "sms":
                raise ShortCodeInvalid(address=op.address)
            case "ussd":
                raise ServiceCodeInvalid(address=op.address)
            case "telegram":
                raise BotNameInvalid(address=op.address)
    row = ChannelRow(id=new_id(), kind=op.kind, address=address, created_at=ctx.now)
    if not await channels.insert_channel(ctx.tx, tenant_id=ctx.tenant_id, **row.model_dump()):
        raise ChannelTaken(address=address)
    ctx.touched("channel", row.id, kind=op.kind, address=address)
    return row


@handles(DisconnectChannel)
async def disconnect_channel(ctx: TenantContext, op: DisconnectChannel) -> Done:
    """The address is free for anybody again."""
    gone = await channels.delete_channel(ctx.tx, ctx.tenant_id, op.channel_id)
    if gone is None:
        raise NotFound(what="channel")
    ctx.touched("channel", op.channel_id, kind=gone.kind, address=gone.address)
    return Done()
