"""What a text says, in the contract's words; pure, so that `pp workout parse` needs neither pipeline nor database."""

from pp_core.workouts.formats.shorthand import ParsedWorkout, parse, render
from pp_core.workouts.operations.parsing import ParsedSets, ParsedText, ParsedTexts, ParseTexts, UnreadPiece


def read_texts(op: ParseTexts) -> ParsedTexts:
    """What each text says, with the shipped catalogue."""
    return ParsedTexts(items=[_answer(parse(text)) for text in op.texts])


def unread_pieces(parsed: ParsedWorkout) -> list[UnreadPiece]:
    """What was not understood, as the answers name it."""
    return [UnreadPiece(text=piece.text, suggestion=piece.suggestion) for piece in parsed.unread]


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
