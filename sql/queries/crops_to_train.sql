-- Crops to train on, each with the place of its pixels, its label and its side; in the order of the files. Reads the variables
-- pixel_files, screen, label ('orf' or 'localization'), split_by ('field_id', 'orf' or 'plate'), need_masks, classes and left_out (lists of
-- localizations, the first NULL for all). Fields are put in a row, protein by protein, in an order that their names alone decide;
-- of each ten one is for validation and one, five places on, for testing (of n where there are fewer than ten). So are proteins,
-- localization by localization, and plates. Crops that are not trained on count too: every network has the same sides.
CREATE OR REPLACE TEMP TABLE crops_to_train AS
WITH places AS (
    SELECT crop_id, filename AS file, file_row_number AS place
    FROM read_parquet(getvariable('pixel_files'), filename = true, file_row_number = true, hive_partitioning = false)
),
usable AS (
    SELECT
        c.crop_id, c.condition, f.class, c.mask_area_px IS NOT NULL AS has_mask, CASE getvariable('label') WHEN 'condition' THEN c.condition ELSE f.class END AS label,
        CASE getvariable('split_by') WHEN 'field_id' THEN c.field_id WHEN 'condition' THEN c.condition ELSE c.plate END AS unit,
        CASE getvariable('split_by') WHEN 'field_id' THEN c.condition WHEN 'condition' THEN f.class END AS stratum
    FROM crops AS c JOIN crop_filter AS f USING (crop_id)
    WHERE f.kept AND c.screen = getvariable('screen') AND c.condition IS NOT NULL
),
in_a_row AS (
    SELECT unit, row_number() OVER (ORDER BY min(stratum), md5(unit)) - 1 AS number, least(10, count(*) OVER ()) AS period
    FROM usable WHERE unit IS NOT NULL GROUP BY unit
),
sided AS (
    SELECT unit, CASE number % period WHEN period - 1 THEN 'test' WHEN (period - 1) // 2 THEN 'val' ELSE 'train' END AS side FROM in_a_row
)
SELECT
    crop_id, condition, label, unit, side, count(*) FILTER (side = 'train') OVER (PARTITION BY label) AS n_train, file, place
FROM usable JOIN sided USING (unit) JOIN places USING (crop_id)
WHERE label IS NOT NULL AND (has_mask OR NOT getvariable('need_masks')::BOOLEAN)
  AND (getvariable('classes')::VARCHAR[] IS NULL OR list_contains(getvariable('classes')::VARCHAR[], class))
  AND NOT coalesce(list_contains(getvariable('left_out')::VARCHAR[], class), false)
ORDER BY file, place
