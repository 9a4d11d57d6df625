-- How many proteins or plates of some classes (none named: all) a run trains on and tests on, and their names.
SELECT side, count(DISTINCT name) AS n, string_agg(DISTINCT name, ', ' ORDER BY name) AS names
FROM heldout_split WHERE run_id = $run_id AND role = 'centre' AND (len($classes) = 0 OR list_contains($classes, class))
GROUP BY side
