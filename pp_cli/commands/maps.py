"""`pp track map`: the page of an activity, or a small picture of it, as a file."""

from base64 import b64decode
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated
from uuid import UUID

import typer

from pp_cli import output, saving, session
from pp_cli.errors import Refused
from pp_cli.options import chosen
from pp_cli.output import said
from pp_core.kernel.operation import Result
from pp_core.tracking.operations import DrawMap, DrawThumbnail, Linking, MapFile, PictureFormat, Tiles

PICTURES = {".svg": PictureFormat.SVG, ".png": PictureFormat.PNG}
PAGES = (".html", ".htm")


class MapWritten(Result):
    """What was written."""

    file: str
    bytes: int
    beside: list[str]


def draw(
    activity: Annotated[UUID, typer.Argument(help="The activity.", show_default=False)],
    out: Annotated[
        Path | None,
        typer.Option(
            "--out", "-o", help="The file: .html is the page, .svg and .png a small picture.", show_default=False
        ),
    ] = None,
    inline: Annotated[
        bool, typer.Option("--inline", help="Everything in one file, instead of scripts and styles beside it.")
    ] = False,
    tiles: Annotated[bool, typer.Option("--tiles/--no-tiles", help="Show a map under the route.")] = True,
    force: Annotated[bool, typer.Option("--force", help="Write over a file that is there.")] = False,
    show: Annotated[bool, typer.Option("--open", help="Open it when it is written.")] = False,
) -> None:
    """Draw an activity: its route by pace on a map, kilometres, elevation and figures.

    The page needs no network but for the tiles of the map. Without --out it is activity-ID.html in this folder.
    """
    file = out or Path(f"activity-{activity}.html")
    kind = file.suffix.lower()
    if kind not in (*PAGES, *PICTURES):
        raise Refused(said("cli.map.kind", file=file))
    saving.spare(file, force=force)
    files: Sequence[MapFile] = ()
    if kind in PICTURES:
        picture = session.run(DrawThumbnail(activity_id=activity, format=PICTURES[kind], width=480))
        content = picture.content.encode() if kind == ".svg" else b64decode(picture.content)
    else:
        page = session.run(
            DrawMap(
                activity_id=activity,
                tiles=Tiles.USUAL if tiles else Tiles.NONE,
                linking=Linking.INLINE if inline else Linking.BESIDE,
            )
        )
        content = page.html.encode()
        files = page.files
    hand_out(file, content, files, show=show)


def hand_out(file: Path, content: bytes, files: Sequence[MapFile], *, show: bool) -> None:
    """Write a page with what has to lie beside it, or a picture; say so, and open it if that was asked for."""
    beside = {file.parent / Path(one.name).name: one.text.encode() for one in files}
    # Their names change with their content: what is there already is the same.
    for path, text in [*((path, text) for path, text in beside.items() if not path.exists()), (file, content)]:
        saving.save(path, text)
    written = MapWritten(file=str(file), bytes=len(content), beside=sorted(map(str, beside)))
    if chosen.format == "table":
        output.show_record({"file": written.file, "bytes": written.bytes, "beside": " ".join(written.beside)})
    else:
        output.show(written)
    if show and typer.launch(str(file)) != 0:
        session.narrate(said("cli.map.not_opened", file=file))
