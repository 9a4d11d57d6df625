-- Crops to embed, each with the place of its pixels and its chunk: so many rows of one plate, by protein and id.
-- Reads the variables pixel_files, chunk_rows, screen (or NULL for all), all_crops, and plan_id with setting (or NULL): then only
-- the crops that this setting of the plan shows.
CREATE OR REPLACE TEMP TABLE crops_to_embed AS
WITH places AS (
    SELECT crop_id, filename AS file, file_row_number AS place
    FROM read_parquet(getvariable('pixel_files'), filename = true, file_row_number = true, hive_partitioning = false)
)
SELECT
    c.crop_id, c.screen, c.plate, c.condition, p.file, p.place,
    (row_number() OVER (PARTITION BY c.screen, c.plate ORDER BY c.condition, c.crop_id) - 1) // getvariable('chunk_rows')::BIGINT AS chunk
FROM crops AS c
JOIN crop_filter AS f USING (crop_id)
JOIN places AS p USING (crop_id)
WHERE (f.kept OR getvariable('all_crops')::BOOLEAN)
  AND (getvariable('plan_id')::VARCHAR IS NULL OR c.crop_id IN (
      SELECT centre_crop_id FROM swaps WHERE plan_id = getvariable('plan_id')::VARCHAR AND setting = getvariable('setting')::VARCHAR
  ))
  AND (getvariable('screen')::VARCHAR IS NULL OR c.screen = getvariable('screen')::VARCHAR)
ORDER BY c.screen, c.plate, chunk, c.condition, c.crop_id
