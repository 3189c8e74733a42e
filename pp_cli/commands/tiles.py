"""`pp track tiles`: how much of the map somebody has explored, in figures and as a page."""

from pathlib import Path
from typing import Annotated

import typer

from pp_cli import output, saving, session
from pp_cli.commands.maps import PAGES, hand_out
from pp_cli.errors import Refused
from pp_cli.options import chosen
from pp_cli.output import said
from pp_core.tracking.operations import DrawExploredTiles, Linking, ShowExploredTiles, Sport, Tiles

LISTED = "x y first_at in_cluster activity_id"


def tiles(
    sport: Annotated[
        Sport | None, typer.Option("--sport", help="Only what you explored in this sport.", show_default=False)
    ] = None,
    listed: Annotated[bool, typer.Option("--listed", help="Each square with its column, row and day.")] = False,
    page: Annotated[
        Path | None, typer.Option("--map", help="Write a page that draws them: a file in .html.", show_default=False)
    ] = None,
    inline: Annotated[
        bool, typer.Option("--inline", help="Everything in one file, instead of scripts and styles beside it.")
    ] = False,
    ground: Annotated[bool, typer.Option("--tiles/--no-tiles", help="Show a map under the squares.")] = True,
    force: Annotated[bool, typer.Option("--force", help="Write over a file that is there.")] = False,
    show: Annotated[bool, typer.Option("--open", help="Open the page when it is written.")] = False,
) -> None:
    """Show how much of the map you have explored: squares, the largest square and the largest cluster of them.

    Squares are those of web maps at zoom 14, some 2.4 km wide in Kenya. Nobody but you sees yours.
    """
    if page is not None:
        if page.suffix.lower() not in PAGES:
            raise Refused(said("cli.map.page", file=page))
        saving.spare(page, force=force)
        drawn = session.run(
            DrawExploredTiles(
                sport=sport,
                tiles=Tiles.USUAL if ground else Tiles.NONE,
                linking=Linking.INLINE if inline else Linking.BESIDE,
            )
        )
        hand_out(page, drawn.html.encode(), drawn.files, show=show)
        return
    found = session.run(ShowExploredTiles(sport=sport, listed=listed))
    if chosen.format == "json":
        output.show(found)
        return
    if listed:
        output.show_rows(list(found.tiles), LISTED)
        return
    size = 0 if found.square is None else found.square.size
    output.show_record(
        {"tiles": found.count, "tiles_new": found.new, "square": f"{size} x {size}", "cluster": found.cluster}
    )
