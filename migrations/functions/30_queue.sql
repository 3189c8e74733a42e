-- What a probe may know of the queue: sums, never a job. Each state is read by its own index: what is done stays for a while.
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
            FROM (SELECT * FROM procrastinate_jobs WHERE status = 'todo' UNION ALL
                  SELECT * FROM procrastinate_jobs WHERE status = 'doing' UNION ALL
                  SELECT * FROM procrastinate_jobs WHERE status = 'failed') AS j) AS live;
$$;

-- Who works and what troubles them: workers whose heart beat within p_silent seconds, seconds since the last beat of any (null:
-- there is none), jobs whose worker is silent, jobs that failed for good within a day.
DROP FUNCTION IF EXISTS jobs.pp_worker_state;
CREATE FUNCTION jobs.pp_worker_state(
  p_silent float8, OUT workers bigint, OUT silent_seconds float8, OUT stalled bigint, OUT failed_lately bigint)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = jobs, public, pg_temp
AS $$
  SELECT (SELECT count(*) FROM procrastinate_workers WHERE last_heartbeat > now() - make_interval(secs => p_silent)),
         (SELECT extract(epoch FROM now() - max(last_heartbeat))::float8 FROM procrastinate_workers),
         (SELECT count(*) FROM procrastinate_jobs j LEFT JOIN procrastinate_workers w ON w.id = j.worker_id
           WHERE j.status = 'doing'
             AND (w.id IS NULL OR w.last_heartbeat < now() - make_interval(secs => p_silent))),
         (SELECT count(*) FROM procrastinate_jobs j WHERE j.status = 'failed' AND EXISTS (
            SELECT FROM procrastinate_events e
             WHERE e.job_id = j.id AND e.type = 'failed' AND e.at > now() - interval '1 day'));
$$;
RESET ROLE;
