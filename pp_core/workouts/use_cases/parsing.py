"""Reading shorthand without logging it."""

from pp_core.kernel.context import PublicContext
from pp_core.kernel.handlers import handles
from pp_core.workouts.formats.reading import read_texts, unread_pieces
from pp_core.workouts.operations.parsing import ParsedTexts, ParseTexts

__all__ = ["parse_texts", "unread_pieces"]


@handles(ParseTexts)
async def parse_texts(ctx: PublicContext, op: ParseTexts) -> ParsedTexts:
    """What each text says, with the shipped catalogue."""
    return read_texts(op)
