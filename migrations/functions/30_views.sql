-- What each context publishes for reading across contexts: reports join these and nothing else. Every view runs as whoever
-- asks (security_invoker), so row-level security holds in it as it does in the tables; none of them may lose that option.

DROP VIEW IF EXISTS people_names, people_facts, membership_facts, visit_facts, workout_facts, set_facts;

-- tenants: what a person is called.
CREATE VIEW people_names WITH (security_invoker = true) AS
  SELECT tenant_id, id, code, name FROM people;

-- tenants: where a person belongs, and whether they still do.
CREATE VIEW people_facts WITH (security_invoker = true) AS
  SELECT tenant_id, id AS person_id, branch_id, status, joined_on FROM people;

-- memberships: from when until when a person may come in: [starts_on, ends_on + grace_days], and never from cancelled_on on.
CREATE VIEW membership_facts WITH (security_invoker = true) AS
  SELECT tenant_id, id AS membership_id, person_id, plan_id, tier, starts_on, ends_on, grace_days, cancelled_on,
         price_minor, currency, created_at AS sold_at
    FROM memberships;

-- memberships: who came in, on which day of the gym's.
CREATE VIEW visit_facts WITH (security_invoker = true) AS
  SELECT tenant_id, id AS visit_id, person_id, branch_id, day, at, door FROM visits;

-- workouts: who trained, on which day of the gym's.
CREATE VIEW workout_facts WITH (security_invoker = true) AS
  SELECT tenant_id, id AS session_id, person_id, day, performed_at, door FROM workout_sessions;

-- workouts: every set with its day; volume_kg is load times repetitions where it has both.
CREATE VIEW set_facts WITH (security_invoker = true) AS
  SELECT w.tenant_id, w.session_id, w.person_id, s.day, w.exercise_id, w.reps, w.weight_kg, w.seconds,
         w.weight_kg * w.reps AS volume_kg
    FROM workout_sets w JOIN workout_sessions s ON s.tenant_id = w.tenant_id AND s.id = w.session_id;

GRANT SELECT ON people_names, people_facts, membership_facts, visit_facts, workout_facts, set_facts TO pp_app;
