"""`python -m bench [SUBJECT ...]`: measure, print a table, write `bench/results.json`; exit 1 when a target is missed."""

import asyncio
import json
import sys
from importlib import import_module
from pathlib import Path

from rich.console import Console
from rich.table import Table

from bench.harness import Figure

SUBJECTS = (
    "pipeline",
    "activities",
    "search",
    "shorthand",
    "dialogue",
    "ussd",
    "texts",
    "conversations",
    "screen",
    "storage",
    "files",
    "tracking",
    "start_up",
    "footprint",
)
RESULTS = Path(__file__).parent / "results.json"


async def measure(subjects: tuple[str, ...]) -> list[Figure]:
    """All figures of these subjects, one after the other."""
    figures: list[Figure] = []
    for subject in subjects:
        print(f"measuring {subject} ...", file=sys.stderr)
        figures += await import_module(f"bench.figures.{subject}").measure()
    return figures


def show(figures: list[Figure]) -> None:
    """Print the table."""
    table = Table("figure", "value", "unit", "ratio", "to", "target", "met")
    for one in figures:
        table.add_row(
            one.name,
            f"{one.value:,.2f}",
            one.unit,
            f"{one.ratio:.2f}",
            one.ratio_to,
            one.target,
            "yes" if one.met else "NO",
        )
    Console().print(table)


def main() -> int:
    """Measure and tell."""
    subjects = tuple(sys.argv[1:]) or SUBJECTS
    figures = asyncio.run(measure(subjects))
    show(figures)
    RESULTS.write_text(json.dumps([one.row() for one in figures], indent=2) + "\n")
    return 0 if all(one.met for one in figures) else 1


if __name__ == "__main__":
    sys.exit(main())
