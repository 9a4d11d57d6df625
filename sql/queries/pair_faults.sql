-- What is wrong with the vectors of the drawn images of one embedding set: one row, all zero or equal where nothing is.
SELECT
    count(*) FILTER (NOT isfinite(list_sum(e.embedding::DOUBLE[]))) AS n_not_finite,
    min(d.image_id) FILTER (NOT isfinite(list_sum(e.embedding::DOUBLE[]))) AS first_not_finite,
    coalesce(min(len(e.embedding)), 0) AS narrowest,
    coalesce(max(len(e.embedding)), 0) AS widest,
    -- a plan may draw a crop twice, but a place in the drawing order has one vector
    count(*) - count(DISTINCT (d.class, d.background, d.position)) AS n_doubled,
    (SELECT count(DISTINCT weights_sha256) FROM models WHERE model = $model) AS n_weights
FROM drawn AS d
JOIN embeddings AS e USING (image_id)
WHERE d.set_number = $set_number
    AND e.model = $model AND e.layer = $layer AND e.pooling = $pooling AND e.setting = $setting
    AND ($first_condition IS NULL OR e.condition BETWEEN $first_condition AND $last_condition)
