-- How much closer to the true proportions a robust network's predictions are than those of the ordinary network of as many epochs.
WITH beside AS (
    FROM (VALUES ('ordinary-100', 'swap-quarter-100'), ('ordinary-40', 'swap-40'), ('ordinary-12', 'robust-12')) AS v(ordinary, robust)
)
SELECT
    robust AS name, ordinary AS beside, o.form, o.crops, avg(o.distance - r.distance) AS closer,
    3 * stddev_samp(o.distance - r.distance) / sqrt(count(*)) AS "± 3 SE", count(*) AS proteins
FROM beside
JOIN proportions_against_truth AS o ON o.model = ordinary
JOIN proportions_against_truth AS r
    ON r.model = robust AND r.layer = o.layer AND r.form = o.form AND r.crops = o.crops AND r.orf = o.orf
WHERE o.form = 'argmax' OR o.crops = 'original'
GROUP BY ALL
ORDER BY ALL
