-- Which versions computed: one row a program and version.
-- @key program, version
-- @column program: program or library
-- @column version: its version
-- @column runs: runs that used it
SELECT program, version, count(*) AS runs
FROM (SELECT unnest(json_keys(versions)) AS program, versions, run_id FROM runs)
CROSS JOIN LATERAL (SELECT versions ->> program AS version)
GROUP BY program, version
ORDER BY program, version
