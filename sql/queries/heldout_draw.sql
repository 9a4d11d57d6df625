-- The real or masked crops of one embedding set, parted by the table held_out(name) of proteins or plates: at most $images for each
-- class, four fifths of them for training. The order mixes both sides, so that five folds on the same images do, too.
WITH images AS (
    SELECT
        f.class AS class,
        e.image_id,
        e.crop_id,
        if($by = 'plate', c.screen || '/' || c.plate, c.condition) AS name,
        if(name IN (SELECT name FROM held_out), 'test', 'train') AS side,
        md5(concat_ws('/', 'held out', $seed::BIGINT, f.class, e.image_id)) AS lot,
        c.y0 IS NOT NULL OR c.screen IN (SELECT k.screen FROM crop_overlaps_found AS o JOIN crops AS k ON k.crop_id = o.crop_a) AS placed
    FROM embeddings AS e
    JOIN crop_filter AS f USING (crop_id)
    JOIN crops AS c USING (crop_id)
    WHERE e.model = $model AND e.layer = $layer AND e.pooling = $pooling AND e.setting = $setting
        AND f.kept AND f.class IS NOT NULL AND name IS NOT NULL AND f.screen = coalesce($screen, f.screen)
),
shared AS (
    SELECT *, row_number() OVER (PARTITION BY class, side ORDER BY lot, image_id) AS k
    FROM images
    QUALIFY k <= if(side = 'test', round(0.2 * $images), $images - round(0.2 * $images))
)
SELECT
    $set_number::INTEGER AS set_number, $setting AS setting, class, NULL::VARCHAR AS background,
    (row_number() OVER (PARTITION BY class ORDER BY lot, image_id) - 1)::INTEGER AS position,
    image_id, crop_id, side AS kept_together, placed, name, NULL::VARCHAR AS behind, NULL::VARCHAR AS behind_name
FROM shared
