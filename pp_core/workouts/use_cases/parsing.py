"""Reading shorthand without logging it."""

from pp_core.kernel.context import PublicContext
from pp_core.kernel.handlers import handles
from pp_core.workouts.formats.shorthand import ParsedWorkout, parse, render
from pp_core.workouts.operations.parsing import ParsedSets, ParsedText, ParsedTexts, ParseTexts, UnreadPiece


@handles(ParseTexts)
async def parse_texts(ctx: PublicContext, op: ParseTexts) -> ParsedTexts:
    """What each text says, with the shipped catalogue."""
    return ParsedTexts(items=[_answer(parse(text)) for text in op.texts])


def _answer(parsed: ParsedWorkout) -> ParsedText:
    shown = parsed.as_json()
    return ParsedText(
        intent=parsed.intent,
        sets=[ParsedSets(**one) for one in shown["sets"]],
        note=parsed.note,
        confidence=parsed.confidence,
        canonical=render(parsed),
        unread=unread_pieces(parsed),
    )


def unread_pieces(parsed: ParsedWorkout) -> list[UnreadPiece]:
    """What was not understood, as the answers name it."""
    return [UnreadPiece(text=piece.text, suggestion=piece.suggestion) for piece in parsed.unread]
