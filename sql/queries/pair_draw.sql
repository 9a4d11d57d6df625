-- The real or masked crops of one embedding set that classifiers are made of: at most $images for each class, in drawing order.
-- The draw is by a hash of names, so it is the same for baseline and masked images of a crop, on any machine.
WITH images AS (
    SELECT
        CASE $class_by WHEN 'condition' THEN f.condition ELSE f.class END AS class,
        NULL::VARCHAR AS background,
        e.image_id,
        e.crop_id,
        CASE $grouped_by WHEN 'field' THEN g.field WHEN 'plate' THEN g.plate WHEN 'condition' THEN g.condition END AS kept_together,
        g.placed
    FROM embeddings AS e
    JOIN crop_filter AS f USING (crop_id)
    JOIN crop_groups AS g USING (crop_id)
    WHERE e.model = $model AND e.layer = $layer AND e.pooling = $pooling AND e.setting = $setting AND f.kept
        AND g.screen = coalesce($screen, g.screen)
)
SELECT
    $set_number::INTEGER AS set_number,
    class,
    background,
    (row_number() OVER drawing - 1)::INTEGER AS position,
    image_id,
    crop_id,
    kept_together,
    placed
FROM images
WHERE class IS NOT NULL
WINDOW drawing AS (PARTITION BY class, background ORDER BY md5(concat_ws('/', 'pairs', class, background, image_id)), image_id)
QUALIFY position < $images
