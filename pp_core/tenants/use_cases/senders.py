"""Finding who a phone belongs to."""

from pp_core.kernel.context import SystemContext
from pp_core.kernel.handlers import handles
from pp_core.tenants.operations.senders import Candidate, Candidates, FindSender
from pp_core.tenants.queries import gyms


@handles(FindSender)
async def find_sender(ctx: SystemContext, op: FindSender) -> Candidates:
    """Everybody it could be."""
    rows = await gyms.senders(ctx.tx, channel=op.channel, address=op.address, phone=op.phone)
    return Candidates(items=[Candidate(**row._asdict()) for row in rows])
