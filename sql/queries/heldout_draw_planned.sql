-- The images of one embedding set that a plan with a split drew: at most $images for each class and background, four fifths of them for
-- training. The order mixes both sides, so that five folds on the same images do, too.
WITH images AS (
    SELECT
        s.class AS class,
        CASE WHEN o.class_behind = 'another' THEN s.background_class END AS background,
        s.image_id,
        s.centre_crop_id AS crop_id,
        s.split AS side,
        md5(concat_ws('/', 'held out', $seed::BIGINT, s.plan_id, s.setting, s.class, s.background_class, s.draw)) AS lot,
        if($by = 'plate', c.screen || '/' || c.plate, s.centre_condition) AS name,
        s.background_class AS behind,
        if($by = 'plate', b.screen || '/' || b.plate, s.background_condition) AS behind_name,
        c.y0 IS NOT NULL OR c.screen IN (SELECT k.screen FROM crop_overlaps_found AS o JOIN crops AS k ON k.crop_id = o.crop_a) AS placed,
        row_number() OVER (PARTITION BY class, background, side ORDER BY s.draw) AS k
    FROM swaps AS s
    LEFT JOIN settings AS o ON o.setting = s.setting
    JOIN crops AS c ON c.crop_id = s.centre_crop_id
    LEFT JOIN (SELECT crop_id, screen, plate FROM crops UNION ALL SELECT crop_id, screen, plate FROM backgrounds) AS b
        ON b.crop_id = s.background_crop_id
    SEMI JOIN (
        SELECT image_id FROM embeddings
        WHERE model = $model AND layer = $layer AND pooling = $pooling AND setting = $setting
    ) AS e ON e.image_id = s.image_id
    WHERE s.plan_id = $plan_id AND s.setting = split_part($setting, '+', 1)
    QUALIFY k <= if(side = 'test', round(0.2 * $images), $images - round(0.2 * $images))
)
SELECT
    $set_number::INTEGER AS set_number, $setting AS setting, class, background,
    (row_number() OVER (PARTITION BY class, background ORDER BY lot) - 1)::INTEGER AS position,
    image_id, crop_id, side AS kept_together, placed, name, behind, behind_name
FROM images
