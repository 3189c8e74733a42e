"""Pictures of screens, kept beside the tests and compared letter by letter and colour by colour.

`PP_SNAPSHOTS=write pytest tests/tui` draws them anew: look at each before it is committed.
"""

import os
import re
from pathlib import Path

from pp_tui.app import PulseApp

KEPT = Path(__file__).parent / "snapshots"
DOCS = Path(__file__).parents[2] / "docs"
NARROW, WIDE = (80, 24), (140, 40)
_FONTS = re.compile(r"@font-face \{.*?\}\s*", re.DOTALL)
_ID = re.compile(r"terminal-\d+")


def picture(app: PulseApp) -> str:
    """The screen as SVG, without the fonts that Rich would fetch."""
    return _ID.sub("terminal", _FONTS.sub("", app.export_screenshot()))


def is_kept(app: PulseApp, name: str, folder: Path = KEPT) -> None:
    """Fail unless the screen looks as the kept picture of that name; with PP_SNAPSHOTS=write keep it."""
    kept, drawn = folder / f"{name}.svg", picture(app)
    if os.environ.get("PP_SNAPSHOTS") == "write":
        kept.write_text(drawn)
        return
    assert kept.exists(), f"there is no picture {kept}; draw it with PP_SNAPSHOTS=write and look at it"
    if kept.read_text() != drawn:
        found = KEPT / f"{name}.found.svg"
        found.write_text(drawn)
        raise AssertionError(f"the screen does not look as {kept.name}: compare {found}")
