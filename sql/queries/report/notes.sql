-- What the runs said that a reader must know, and what the weights are.
-- @key note
-- @column runs: how many runs said it
-- @column note: the note
WITH said AS (
    SELECT 'Weights of ' || model || ': ' || weights_note AS note, run_id, 0 AS place FROM models
    UNION ALL
    -- extract notes the weights too, in other words, and its device, which runs on the page of provenance name.
    SELECT note, run_id, 1
    FROM (SELECT run_id, unnest(notes) AS note FROM runs WHERE status = 'done')
    WHERE note NOT LIKE 'weights of %' AND note NOT LIKE 'device: %'
)
SELECT count(DISTINCT run_id) AS runs, note
FROM said
GROUP BY note
ORDER BY min(place), min(run_id), note
