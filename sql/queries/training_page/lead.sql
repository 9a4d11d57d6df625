-- How much closer to the true proportions a robust network's predictions are than those of the ordinary network of as many epochs.
SELECT
    robust AS name, ordinary AS beside, o.scheme, o.form, o.crops, avg(o.distance - r.distance) AS closer,
    3 * stddev_samp(o.distance - r.distance) / sqrt(count(*)) AS "± 3 SE", count(*) AS proteins
FROM beside
JOIN proportions_against_truth AS o ON o.model = ordinary
JOIN proportions_against_truth AS r
    ON r.model = robust AND r.layer = o.layer AND r.scheme = o.scheme AND r.form = o.form AND r.crops = o.crops AND r.condition = o.condition
WHERE o.layer = 'd2' AND (o.form = 'argmax' OR o.crops = 'original')
GROUP BY ALL
ORDER BY ALL
