-- The real or masked crops of one embedding set that classifiers are made of: at most $images for each class, in drawing order.
-- The draw is by a hash of names, so it is the same for baseline and masked images of a crop, on any machine.
WITH images AS (
    SELECT
        CASE $class_by WHEN 'protein' THEN f.orf ELSE f.localization END AS class,
        NULL::VARCHAR AS background,
        e.image_id,
        e.crop_id,
        CASE $grouped_by WHEN 'field' THEN c.field_id WHEN 'plate' THEN c.screen || '/' || c.plate WHEN 'protein' THEN c.orf END AS kept_together,
        -- Without boxes, shared pixels are known only where they were searched for.
        c.y0 IS NOT NULL OR c.screen IN (SELECT k.screen FROM crop_overlaps_found AS o JOIN crops AS k ON k.crop_id = o.crop_a) AS placed
    FROM embeddings AS e
    JOIN crop_filter AS f USING (crop_id)
    JOIN crops AS c USING (crop_id)
    WHERE e.model = $model AND e.layer = $layer AND e.pooling = $pooling AND e.setting = $setting AND f.kept AND class IS NOT NULL
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
WINDOW drawing AS (PARTITION BY class, background ORDER BY md5(concat_ws('/', 'pairs', class, background, image_id)), image_id)
QUALIFY position < $images
