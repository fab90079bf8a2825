-- The bugs of all stages, the most frequent first: the same on DuckDB and on Athena.
SELECT fingerprint,
       max(error_type) AS error_type,
       sum(failures) AS failures,
       count(DISTINCT function_name) AS functions,
       count(DISTINCT account || ' ' || region || ' ' || coalesce(stage, '')) AS stages,
       min(failed_at) AS first_seen,
       max(failed_at) AS last_seen
FROM records
GROUP BY fingerprint
ORDER BY failures DESC, fingerprint;
