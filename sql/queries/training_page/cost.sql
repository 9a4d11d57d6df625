-- What training with swaps costs on real crops and what it saves: each such network beside the ordinary one of as many epochs.
WITH of_class AS (
    SELECT model, layer, pooling, class, accuracy FROM accuracy_by_class
    WHERE setting = 'baseline' AND source <> 'published'
)
SELECT
    robust AS name, ordinary AS beside, o.layer, avg(o.accuracy) AS "baseline, ordinary", avg(r.accuracy) AS "baseline, robust",
    avg(o.accuracy - r.accuracy) AS cost, 3 * stddev_samp(o.accuracy - r.accuracy) / sqrt(count(*)) AS "± 3 SE",
    any_value(od.drop) AS "drop, ordinary", any_value(rd.drop) AS "drop, robust", count(*) AS localizations
FROM beside
JOIN of_class AS o ON o.model = ordinary
JOIN of_class AS r ON r.model = robust AND r.layer = o.layer AND r.pooling = o.pooling AND r.class = o.class
JOIN drop_by_model AS od ON od.model = ordinary AND od.layer = o.layer AND od.pooling = o.pooling
JOIN drop_by_model AS rd ON rd.model = robust AND rd.layer = o.layer AND rd.pooling = o.pooling
GROUP BY ALL
ORDER BY ALL
