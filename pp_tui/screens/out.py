"""Who is out: everybody's distance, pace and last sign of life, as it comes in."""

from datetime import datetime, timedelta
from functools import partial
from uuid import UUID

from textual import on
from textual.app import ComposeResult
from textual.content import Content

from pp_core.kernel.policy import Permission
from pp_core.kernel.wording import ago, distance, duration, heart_rate, pace
from pp_core.tracking.operations import Board, RunnerOut, ShowBoard, Status
from pp_tui.keys import Key, bindings
from pp_tui.screens.frame import WIDE
from pp_tui.screens.moving import MovingScreen
from pp_tui.texts import language_of
from pp_tui.widgets.membership import column
from pp_tui.widgets.notice import COLOURS, SIGNS, Notice, Tone
from pp_tui.widgets.rows import Row, Rows

LATE = timedelta(seconds=90)
"""Who was not heard of for longer is late: phones tell every few seconds, and the slowest twice a minute."""
_NAME, _SPORT, _OUT, _DISTANCE, _PACE, _HEART = 22, 14, 8, 10, 13, 11


class OutScreen(MovingScreen):
    """Opened from the desk; Enter opens an activity, Escape goes back."""

    STEM = "out"
    ASKING = "tui.out.asking"
    KEYS = (
        Key("enter", "open", "activity"),
        Key("f3", "flags", "flags"),
        Key("ctrl+r", "refresh", "refresh"),
        Key("escape,ctrl+o", "app.pop_screen", "back"),
    )
    BINDINGS = bindings(*KEYS)

    def __init__(self) -> None:
        super().__init__()
        self._board: Board | None = None
        self._ids: list[UUID] = []  # of the rows as they stand there

    def compose_body(self) -> ComposeResult:
        """How many are out, and each of them."""
        yield Notice()
        yield Rows(id="runners")

    def on_mount(self) -> None:
        """Begin with the list."""
        self.query_one("#runners").focus()

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Whoever judges nothing is offered no key for it; nor is one to open nothing."""
        match action:
            case "flags":
                return self.pulse.standing.may(Permission.ACTIVITY_REVIEW)
            case "open":
                return self._board is not None and bool(self._board.runners)
            case _:
                return True

    async def ask(self) -> None:
        """Who is out by now."""
        self._board = await self.pulse.link.run(ShowBoard())

    def tell(self, notice: Notice) -> None:
        """How many they are, and how many of them are late."""
        board = self._board
        assert board is not None
        late = sum(self._standing_of(one)[0] is Tone.MIND for one in board.runners)
        sentence = self.said("tui.out.count", count=len(board.runners))
        if late:
            notice.tell(f"{sentence} {self.said('tui.out.late_count', count=late)}", Tone.MIND)
        else:
            notice.tell(sentence, Tone.GOOD if board.runners else Tone.PLAIN)

    def show(self) -> None:
        """The rows; the cursor stays with whom it was on."""
        assert self._board is not None
        runners, rows = self._board.runners, self.query_one("#runners", Rows)
        rows.border_title = self.said("tui.out.title")
        before, self._ids = self._chosen, [one.activity_id for one in runners]
        at = self._ids.index(before) if before in self._ids else rows.highlighted or 0
        rows.fill([self._row(one) for one in runners], min(at, len(runners) - 1) if runners else None)

    @property
    def _chosen(self) -> UUID | None:
        at = self.query_one("#runners", Rows).highlighted
        return self._ids[at] if at is not None and at < len(self._ids) else None

    @on(Rows.Chosen)
    def action_open(self) -> None:
        """Show the activity that the cursor is on."""
        from pp_tui.screens.activity import ActivityScreen

        if (chosen := self._chosen) is not None:
            self.app.push_screen(ActivityScreen(chosen))

    def action_flags(self) -> None:
        """Show what does not look honest."""
        from pp_tui.screens.flags import FlagsScreen

        self.app.push_screen(FlagsScreen())

    @property
    def _now(self) -> datetime:
        """The server's time by now, as far as its last answer tells."""
        assert self._board is not None
        return self._board.now + self.since_seen

    def _standing_of(self, one: RunnerOut) -> tuple[Tone, str]:
        if one.status is Status.PAUSED:
            return Tone.PLAIN, self.said("tui.out.paused")
        if one.last_at is None:
            return Tone.MIND, self.said("tui.out.no_point")
        seen = ago(one.last_at, self._now, language_of(self))
        late = self._now - one.last_at > LATE
        return (Tone.MIND if late else Tone.GOOD), self.said("tui.out.late" if late else "tui.out.fresh", ago=seen)

    def _row(self, one: RunnerOut) -> Row:
        spoken = language_of(self)
        tone, standing = self._standing_of(one)
        sport = self.said(f"tracking.sport.{one.sport}")
        out = duration((self._now - one.started_at).total_seconds())
        figures = [
            column(one.person_name, _NAME),
            column(sport, _SPORT),
            f"{out:>{_OUT}}",
            f"{distance(one.distance_m, spoken):>{_DISTANCE}}",
            f"{pace(one.speed or one.average_speed, one.sport, spoken):>{_PACE}}",
        ]
        heart = "" if one.heart_rate is None else heart_rate(one.heart_rate, spoken)
        wide = self.app.size.width >= WIDE
        told = (tone, standing, heart, wide, *figures)
        return (one.activity_id, told), partial(self._line, tone, " ".join(figures), heart, standing, wide)

    def _line(self, tone: Tone, figures: str, heart: str, standing: str, wide: bool) -> Content:
        sign, colour = SIGNS[tone] or "–", COLOURS[tone]
        if wide:
            return Content.assemble(
                Content.styled(f"{sign} ", colour), f"{figures} {heart:>{_HEART}}  ", Content.styled(standing, colour)
            )
        below = Content.assemble(Content.styled(standing, colour), f" · {heart}" if heart else "")
        return Content.assemble(Content.styled(f"{sign} ", colour), figures, "\n  ", below)
