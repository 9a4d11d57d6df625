-- What the figures of one side come from: counts of the store, weights, versions, and the arguments of the runs named.
-- @key side, what
-- @column side: this or other
-- @column what: name of the fact
-- @column value: the fact; where runs differ, each
WITH named AS (
    SELECT * FROM runs WHERE list_contains($runs, run_id)
),
facts AS (
    SELECT 'store: crops kept' AS what, count(*)::VARCHAR AS value FROM crop_filter WHERE kept
    UNION ALL SELECT 'store: conditions with a kept crop', count(DISTINCT condition)::VARCHAR FROM crop_filter WHERE kept
    UNION ALL SELECT 'weights of ' || model, weights_note || ' (' || left(weights_sha256, 12) || ')' FROM models
    UNION ALL
    SELECT 'run: --' || key, regexp_replace(arguments ->> key, '(/|~|[A-Za-z]:)[^"]*[/\\]', '', 'g')
    FROM (SELECT arguments, unnest(json_keys(arguments)) AS key FROM named)
    UNION ALL SELECT 'version of ' || key, versions ->> key FROM (SELECT versions, unnest(json_keys(versions)) AS key FROM named)
)
SELECT $side AS side, what, string_agg(DISTINCT value, '; ' ORDER BY value) AS value
FROM facts
GROUP BY what
ORDER BY what
