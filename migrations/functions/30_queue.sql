-- What a probe may know of the queue: sums, never a job.
SET ROLE pp_worker;
DROP FUNCTION IF EXISTS jobs.pp_queue_state;
CREATE FUNCTION jobs.pp_queue_state(OUT waiting bigint, OUT running bigint, OUT failed bigint, OUT oldest_seconds float8)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = jobs, public, pg_temp
AS $$
  SELECT count(*) FILTER (WHERE status = 'todo' AND due), count(*) FILTER (WHERE status = 'doing'),
         count(*) FILTER (WHERE status = 'failed'),
         coalesce(extract(epoch FROM now() - min(since) FILTER (WHERE status = 'todo' AND due)), 0)::float8
    FROM (SELECT j.status, j.scheduled_at IS NULL OR j.scheduled_at <= now() AS due,
                 coalesce(j.scheduled_at,
                          (SELECT min(e.at) FROM procrastinate_events e
                            WHERE e.job_id = j.id AND j.status = 'todo' AND e.type = 'deferred')) AS since
            FROM procrastinate_jobs j WHERE j.status IN ('todo', 'doing', 'failed')) AS live;
$$;
RESET ROLE;
