-- The images of one embedding set that a plan drew, in the plan's order: at most $images for each class and background. Only the
-- triplet settings tell classes apart on one background; a variant shows the images of the setting that it varies. Of a plan with a split
-- a fifth of them are of its test side, and where $sided each side is kept together.
WITH images AS (
    SELECT
        s.class AS class,
        CASE WHEN o.class_behind = 'another' THEN s.background_class END AS background,
        s.draw,
        s.image_id,
        s.centre_crop_id AS crop_id,
        s.split AS side,
        CASE WHEN $sided THEN s.split ELSE CASE $grouped_by WHEN 'field' THEN g.field WHEN 'plate' THEN g.plate WHEN 'condition' THEN g.condition END END AS kept_together,
        coalesce(g.placed, false) AS placed
    FROM swaps AS s
    LEFT JOIN settings AS o ON o.setting = s.setting
    -- published features come without crops
    LEFT JOIN crop_groups AS g ON g.crop_id = s.centre_crop_id
    SEMI JOIN (
        SELECT image_id FROM embeddings
        WHERE model = $model AND layer = $layer AND pooling = $pooling AND setting = $setting
    ) AS e ON e.image_id = s.image_id
    WHERE s.plan_id = $plan_id AND s.setting = split_part($setting, '+', 1)
    QUALIFY row_number() OVER (PARTITION BY class, background, side ORDER BY s.draw)
        <= CASE side WHEN 'test' THEN round(0.2 * $images) WHEN 'train' THEN $images - round(0.2 * $images) ELSE $images END
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
WINDOW drawing AS (PARTITION BY class, background ORDER BY draw)
