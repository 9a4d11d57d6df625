-- The crops of one embedding set that layers are compared on: at most $crops of each chosen protein, and of these at most $images for
-- each class, in an order that depends on nothing but names.
WITH images AS (
    SELECT
        l.class AS class,
        e.image_id,
        e.crop_id,
        md5(concat_ws('/', 'layers', l.class, e.image_id)) AS lot,
        row_number() OVER (PARTITION BY l.condition ORDER BY lot, e.image_id) AS of_condition,
        CASE $grouped_by WHEN 'field' THEN g.field WHEN 'plate' THEN g.plate END AS kept_together,
        g.placed
    FROM embeddings AS e
    JOIN crop_filter AS f USING (crop_id)
    JOIN crop_groups AS g USING (crop_id)
    JOIN layer_choice AS l ON l.condition = f.condition
    WHERE e.model = $model AND e.layer = $layer AND e.pooling = $pooling AND e.setting = $setting AND f.kept
        AND f.screen = coalesce($screen, f.screen)
)
SELECT
    $set_number::INTEGER AS set_number,
    class,
    NULL::VARCHAR AS background,
    (row_number() OVER (PARTITION BY class ORDER BY lot, image_id) - 1)::INTEGER AS position,
    image_id,
    crop_id,
    kept_together,
    placed
FROM images
WHERE of_condition <= $crops
QUALIFY position < $images
