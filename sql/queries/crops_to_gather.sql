-- Every crop and window that the swaps still to be composed show, once each, with the place of its pixels (NULL where it has
-- none). Rows are numbered file by file, which is where each is kept in memory. Reads the table chunks_left and the variable
-- pixel_files.
CREATE OR REPLACE TEMP TABLE crops_to_gather AS
WITH left_to_do AS (
    SELECT s.crop_id, s.background_crop_id
    FROM swaps_to_embed AS s SEMI JOIN chunks_left AS c
        ON c.setting = s.setting AND c.class = s.class AND c.chunk = s.chunk
),
shown AS (
    SELECT crop_id FROM left_to_do UNION SELECT background_crop_id FROM left_to_do
),
places AS (
    SELECT crop_id, filename AS file, file_row_number AS place
    FROM read_parquet(getvariable('pixel_files'), filename = true, file_row_number = true, hive_partitioning = false)
    SEMI JOIN shown USING (crop_id)
)
SELECT crop_id, file, place, row_number() OVER (ORDER BY file, place, crop_id) - 1 AS kept_at
FROM shown LEFT JOIN places USING (crop_id)
