-- A hash over which image is on which side, and over the weights that made its vector.
WITH lines AS (
    SELECT concat_ws('/', first_condition, class, side, images) AS line FROM profile_counts
    UNION ALL
    SELECT model || '/' || weights_sha256 FROM models WHERE model = $model
)
SELECT md5(coalesce(string_agg(line, '' ORDER BY line), '')) FROM lines
