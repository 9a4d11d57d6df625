-- How far each prediction of proportions is from the truth, as docs/training.md shows it; from the profile
-- d2 and by five epochs; the closest first.
SELECT
    form, m.model AS name, m.network,
    training_of(m.weights_note) AS training, crops,
    avg(distance) AS distance, 3 * stddev_samp(distance) / sqrt(count(*)) AS "± 3 SE", avg(distance_uniform) AS "equal shares",
    count(*) FILTER (top_right) || ' of ' || count(*) AS "largest share right"
FROM proportions_against_truth JOIN models AS m USING (model)
WHERE layer = 'd2' AND scheme = 'adam'
GROUP BY form, m.model, m.network, training, crops
ORDER BY array_position(['argmax', 'mean', 'first'], form), distance
