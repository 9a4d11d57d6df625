-- How many proteins or plates a run trains on and tests on, and their names.
SELECT side, count(DISTINCT name) AS n, string_agg(DISTINCT name, ', ' ORDER BY name) AS names
FROM heldout_split WHERE run_id = $run_id AND role = 'centre'
GROUP BY side
