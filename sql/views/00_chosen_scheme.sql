-- The scheme whose classes the views show: the one that a command or SET VARIABLE scheme = 'NAME' asked for, else the only one that has
-- labels, else the only one that there is. No row where several have labels and nobody said which.
-- @key scheme
-- @column scheme: its name
-- @column least_grade: labels of a lower grade are left out; NULL where all count
WITH labelled AS (SELECT DISTINCT scheme FROM labels),
known AS (SELECT DISTINCT scheme FROM classes),
only_one AS (
    SELECT CASE
        WHEN (SELECT count(*) FROM labelled) = 1 THEN (SELECT any_value(scheme) FROM labelled)
        WHEN (SELECT count(*) FROM labelled) = 0 AND (SELECT count(*) FROM known) = 1 THEN (SELECT any_value(scheme) FROM known)
    END AS scheme
)
SELECT coalesce(getvariable('scheme')::VARCHAR, scheme) AS scheme, getvariable('least_grade')::INTEGER AS least_grade
FROM only_one
WHERE coalesce(getvariable('scheme')::VARCHAR, scheme) IS NOT NULL
