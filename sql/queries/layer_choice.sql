-- The proteins that stand for each class when layers are compared: the purest first; of those whose purity nobody knows, or that are
-- equally pure, those with as many crops as are wanted first, then by a hash of their names.
CREATE OR REPLACE TEMP TABLE layer_choice AS
WITH candidates AS (
    SELECT p.class, p.condition, p.purity, count(*) AS n_crops
    FROM crop_filter AS f
    JOIN condition_classes AS p USING (condition)
    SEMI JOIN (
        SELECT crop_id FROM embeddings
        WHERE model = $model AND layer = $layer AND pooling = $pooling AND setting = $setting
    ) AS e ON e.crop_id = f.crop_id
    WHERE f.kept AND p.class IS NOT NULL AND f.screen = coalesce($screen, f.screen)
    GROUP BY ALL
)
SELECT
    class,
    condition,
    (row_number() OVER choice - 1)::INTEGER AS place,
    if(purity IS NULL, 'name', 'purity') AS chosen_by,
    purity,
    n_crops::INTEGER AS n_crops,
    (count(*) OVER (PARTITION BY class))::INTEGER AS n_candidates
FROM candidates
WINDOW choice AS (PARTITION BY class ORDER BY purity DESC NULLS LAST, n_crops >= $crops DESC, md5(condition), condition)
QUALIFY place < $conditions
