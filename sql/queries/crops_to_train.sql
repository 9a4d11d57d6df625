-- Crops to train on, each with the place of its pixels, its label and its side; in the order of the files. Reads the variables
-- pixel_files, screen, label ('orf' or 'localization'), split_by ('field_id', 'orf' or 'plate'), classes and left_out (lists of
-- localizations, the first NULL for all). A side depends on nothing but the name of the field, protein or plate: 8 names of 10
-- are for training, one for validation, one for testing.
CREATE OR REPLACE TEMP TABLE crops_to_train AS
WITH places AS (
    SELECT crop_id, filename AS file, file_row_number AS place
    FROM read_parquet(getvariable('pixel_files'), filename = true, file_row_number = true, hive_partitioning = false)
),
usable AS (
    SELECT
        c.crop_id, c.orf, CASE getvariable('label') WHEN 'orf' THEN c.orf ELSE f.localization END AS label,
        CASE getvariable('split_by') WHEN 'field_id' THEN c.field_id WHEN 'orf' THEN c.orf ELSE c.plate END AS unit
    FROM crops AS c JOIN crop_filter AS f USING (crop_id)
    WHERE f.kept AND c.screen = getvariable('screen') AND c.orf IS NOT NULL
      AND (getvariable('classes')::VARCHAR[] IS NULL OR list_contains(getvariable('classes')::VARCHAR[], f.localization))
      AND NOT coalesce(list_contains(getvariable('left_out')::VARCHAR[], f.localization), false)
),
sided AS (
    SELECT crop_id, orf, label, unit, md5_number_lower('side ' || unit) % 10 AS tenth FROM usable WHERE unit IS NOT NULL AND label IS NOT NULL
)
SELECT
    crop_id, orf, label, unit, CASE tenth WHEN 8 THEN 'val' WHEN 9 THEN 'test' ELSE 'train' END AS side,
    count(*) FILTER (tenth < 8) OVER (PARTITION BY label) AS n_train, file, place
FROM sided JOIN places USING (crop_id)
ORDER BY file, place
