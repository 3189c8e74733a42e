"""What every upgrade brings to this code's state whatever the revision: SQL functions and shipped catalogues."""

import hashlib
from pathlib import Path

from sqlalchemy import Connection, text

from pp_core.workouts.formats.catalogue import load_catalogue
from pp_core.kernel.ids import digest_id

FUNCTIONS = Path(__file__).parent / "functions"


def functions_digest() -> str:
    """A digest of all function files: what the database should say it holds."""
    return hashlib.sha256(b"".join(path.read_bytes() for path in sorted(FUNCTIONS.glob("*.sql")))).hexdigest()[:16]


def apply_functions(connection: Connection) -> None:
    """Run every file of `functions/`; each replaces what it defines."""
    for path in sorted(FUNCTIONS.glob("*.sql")):
        connection.exec_driver_sql(path.read_text().replace("%", "%%"))
    connection.execute(text("GRANT SELECT ON alembic_version TO pp_app"))
    connection.execute(text(f"COMMENT ON FUNCTION pp_enter_gym(uuid) IS 'functions {functions_digest()}'"))


_EXERCISE = text(
    """
    INSERT INTO exercise_catalogue (id, slug, name_en, name_sw, aliases, category, primary_muscles, secondary_muscles,
                                    equipment, measure, instructions_en, instructions_sw)
    VALUES (:id, :slug, :name_en, :name_sw, :aliases, :category, :primary_muscles, :secondary_muscles, :equipment, :measure,
            :instructions_en, :instructions_sw)
    ON CONFLICT (id) DO UPDATE SET
      name_en = excluded.name_en, name_sw = excluded.name_sw, aliases = excluded.aliases, category = excluded.category,
      primary_muscles = excluded.primary_muscles, secondary_muscles = excluded.secondary_muscles,
      equipment = excluded.equipment, measure = excluded.measure, instructions_en = excluded.instructions_en,
      instructions_sw = excluded.instructions_sw
    """
)


def sync_catalogue(connection: Connection) -> None:
    """Write the shipped exercises into the public catalogue."""
    rows = (
        [
            {
                "id": digest_id("exercise", exercise.slug),
                "slug": exercise.slug,
                "name_en": exercise.name_en,
                "name_sw": exercise.name_sw,
                "aliases": [*exercise.aliases_en, *exercise.aliases_sw],
                "category": exercise.category,
                "primary_muscles": list(exercise.primary_muscles),
                "secondary_muscles": list(exercise.secondary_muscles),
                "equipment": exercise.equipment,
                "measure": exercise.measure,
                "instructions_en": exercise.instructions_en,
                "instructions_sw": exercise.instructions_sw,
            }
            for exercise in load_catalogue()
        ]
    )
    if rows:
        connection.execute(_EXERCISE, rows)
