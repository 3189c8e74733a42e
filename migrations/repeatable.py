"""What every upgrade brings to this code's state whatever the revision: SQL functions and shipped catalogues."""

from sqlalchemy import Connection, text

from migrations import HERE, repeatable_digest
from pp_core.kernel.ids import digest_id
from pp_core.workouts.formats.catalogue import load_catalogue

FUNCTIONS = HERE / "functions"


def apply_functions(connection: Connection) -> None:
    """Run every file of `functions/`; each replaces what it defines."""
    for path in sorted(FUNCTIONS.glob("*.sql")):
        connection.exec_driver_sql(path.read_text().replace("%", "%%"))
    connection.execute(text("GRANT SELECT ON alembic_version TO pp_app"))
    connection.execute(text(f"COMMENT ON FUNCTION pp_enter_gym(uuid) IS 'functions {repeatable_digest()}'"))


_DROP_VIEWS = """
DO $$
DECLARE
  thing record;
BEGIN
  FOR thing IN SELECT c.oid::regclass AS name FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
                WHERE n.nspname = 'public' AND c.relkind = 'v' AND pg_get_userbyid(c.relowner) = current_user LOOP
    EXECUTE 'DROP VIEW IF EXISTS ' || thing.name || ' CASCADE';
  END LOOP;
END $$
"""


def drop_views(connection: Connection) -> None:
    """Let go of the published views, which would hold columns that a revision changes; `functions/` brings them back."""
    connection.exec_driver_sql(_DROP_VIEWS)


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


# Gyms that were onboarded before an exercise was shipped get it too. The owner is held by forced row-level security like
# everybody else, so it is let go for this statement and nothing else, inside the migration's transaction.
_TO_GYMS = """
ALTER TABLE tenants NO FORCE ROW LEVEL SECURITY;
ALTER TABLE exercises NO FORCE ROW LEVEL SECURITY;
INSERT INTO exercises (tenant_id, id, catalogue_id, slug, name_en, name_sw, aliases, category, primary_muscles,
                       secondary_muscles, equipment, measure, instructions_en, instructions_sw)
  SELECT t.tenant_id, c.id, c.id, c.slug, c.name_en, c.name_sw, c.aliases, c.category, c.primary_muscles,
         c.secondary_muscles, c.equipment, c.measure, c.instructions_en, c.instructions_sw
    FROM tenants t CROSS JOIN exercise_catalogue c
  ON CONFLICT DO NOTHING;
ALTER TABLE exercises FORCE ROW LEVEL SECURITY;
ALTER TABLE tenants FORCE ROW LEVEL SECURITY;
"""


def sync_catalogue(connection: Connection) -> None:
    """Write the shipped exercises into the public catalogue, and those that are new into every gym."""
    rows = [
        {
            "id": digest_id("exercise", exercise.slug),
            "slug": exercise.slug,
            "name_en": exercise.name_en,
            "name_sw": exercise.name_sw,
            "aliases": [*exercise.aliases_en, *exercise.aliases_sw],
            "category": exercise.category,
            "primary_muscles": list(exercise.primary),
            "secondary_muscles": list(exercise.secondary),
            "equipment": exercise.equipment,
            "measure": exercise.measure,
            "instructions_en": exercise.instructions_en,
            "instructions_sw": exercise.instructions_sw,
        }
        for exercise in load_catalogue()
    ]
    if rows:
        connection.execute(_EXERCISE, rows)
        connection.exec_driver_sql(_TO_GYMS)
