-- Where the embeddings of one model in the settings wanted come from: the network's own row, and the runs that made them.
SELECT to_json(m) AS network, json_group_array(to_json(r)) AS runs
FROM models AS m
JOIN (SELECT DISTINCT model, run_id FROM embeddings WHERE model = $model AND list_contains($settings, setting)) AS e USING (model)
JOIN (SELECT run_id, command, started_at, arguments, versions FROM runs) AS r ON r.run_id = e.run_id
GROUP BY ALL
