"""What can be done on every screen: the screens beside the desk, the language, the look, the help and the palette."""

from collections.abc import Iterable
from typing import Any, ClassVar

from textual.app import App, SystemCommand
from textual.command import CommandPalette
from textual.reactive import reactive
from textual.screen import Screen

from pp_core.kernel.policy import Permission
from pp_tui import palette
from pp_tui.keys import EVERYWHERE, Choice, bindings, choices
from pp_tui.screens.frame import PulseModal, PulseScreen
from pp_tui.standing import Standing
from pp_tui.terminal import DiscreetApp
from pp_tui.texts import said
from pp_tui.themes import LOOKS


class EverywhereApp(DiscreetApp):
    """An application of our screens, whoever is signed in."""

    KEYS: ClassVar = EVERYWHERE
    BINDINGS = bindings(*KEYS)
    COMMANDS = App.COMMANDS | {palette.Nothing}

    language: reactive[str] = reactive("en", init=False)
    standing: reactive[Standing] = reactive(Standing(), init=False)

    def __init__(self) -> None:
        super().__init__()
        self._offered: list[Choice] = []

    @property
    def is_closed(self) -> bool:
        """Whether the screen shows nothing of a gym: nobody signed in, or locked."""
        return any(getattr(screen, "closed", False) for screen in self.screen_stack)

    def _opens(self, permission: Permission, stem: str) -> bool:
        """Whether a screen beside the desk can be opened from where one is."""
        screen = self.screen
        elsewhere = isinstance(screen, PulseScreen) and stem != screen.STEM
        return elsewhere and not self.is_closed and self.standing.may(permission)

    def action_health(self) -> None:
        """Show how the system is."""
        from pp_tui.screens.health import HealthScreen

        self._beside(HealthScreen())

    def action_audit(self) -> None:
        """Show who did what."""
        from pp_tui.screens.audit import AuditScreen

        self._beside(AuditScreen())

    def action_outdoors(self) -> None:
        """Show who is out running; the desk offers it."""
        from pp_tui.screens.out import OutScreen

        self.push_screen(OutScreen())

    def _beside(self, screen: PulseScreen) -> None:
        """Over whatever is there, but in the place of another of these."""
        if isinstance(self.screen, PulseScreen) and self.screen.STEM in ("health", "audit"):
            self.switch_screen(screen)
        else:
            self.push_screen(screen)

    def action_switch_language(self) -> None:
        """From English to Swahili and back, at once and with nothing typed lost."""
        self.language = "sw" if self.language == "en" else "en"

    def watch_language(self) -> None:
        """Say everything that stands there anew."""
        for screen in self.screen_stack:
            for node in (screen, *screen.walk_children()):
                relabel = getattr(node, "relabel", None)
                if relabel is not None and node.is_attached:
                    relabel()

    def action_switch_look(self) -> None:
        """From dark to light and back."""
        self.theme = LOOKS["light" if self.theme == LOOKS["dark"].name else "dark"].name

    def action_help(self) -> None:
        """Explain the screen that shows."""
        from pp_tui.screens.help import HelpScreen

        if isinstance(self.screen, (PulseScreen, PulseModal)) and not isinstance(self.screen, HelpScreen):
            self.push_screen(HelpScreen(self.screen.STEM, choices(self.screen)))

    def action_help_quit(self) -> None:
        """Tell how one leaves: ^C is pressed too easily to leave by it."""
        self.notify(said(self, "tui.leave.how"))

    def action_command_palette(self) -> None:
        """Offer everything that can be done here by name."""
        if isinstance(self.screen, (PulseScreen, PulseModal)):
            self._offered = choices(self.screen)  # with the palette on top nothing of the screen below is active
            self.push_screen(CommandPalette(placeholder=said(self, "tui.palette"), id="--command-palette"))

    def get_system_commands(self, screen: Screen[Any]) -> Iterable[SystemCommand]:
        """What the palette offers."""
        return palette.commands(self, screen, self._offered)
