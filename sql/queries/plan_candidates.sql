-- Every crop (kind 'cell') and cell-free window (kind 'window') that a plan may draw, ranked within its class, protein and side of the
-- split in an order that depends on nothing but names and the seed. Reads the variables screen, replicate, seed and split
-- ('none', 'protein' or 'plate') and the table held_out(name): the proteins or plates that are for testing.
CREATE OR REPLACE TEMP TABLE plan_candidates AS
WITH usable AS (
    SELECT 'cell' AS kind, f.class, c.condition, c.plate, c.crop_id
    FROM crop_filter AS f JOIN crops AS c USING (crop_id)
    WHERE f.kept AND f.class IS NOT NULL AND c.condition IS NOT NULL AND c.has_pixels AND c.mask_area_px IS NOT NULL
      AND c.screen = getvariable('screen') AND c.replicate = getvariable('replicate')
    UNION ALL
    SELECT 'window', if(l.well IS NULL, p.class, l.class) AS class, b.condition, b.plate, b.crop_id
    FROM cell_free_windows AS w JOIN backgrounds AS b USING (crop_id) LEFT JOIN condition_classes AS p ON p.condition = b.condition
    LEFT JOIN well_labels AS l ON l.screen = b.screen AND l.plate = b.plate AND l.well = b.well
    WHERE w.kept AND if(l.well IS NULL, p.class, l.class) IS NOT NULL AND b.condition IS NOT NULL
      AND b.screen = getvariable('screen') AND b.replicate = getvariable('replicate')
),
sided AS (
    SELECT
        usable.*,
        CASE
            WHEN getvariable('split') = 'none' THEN 'all'
            WHEN if(getvariable('split') = 'condition', condition, plate) IN (SELECT name FROM held_out) THEN 'test'
            ELSE 'train'
        END AS side
    FROM usable
)
SELECT
    kind, class, side, condition, crop_id,
    row_number() OVER (
        PARTITION BY kind, class, condition, side ORDER BY md5(concat_ws('/', getvariable('seed')::VARCHAR, crop_id))
    ) - 1 AS rank
FROM sided
