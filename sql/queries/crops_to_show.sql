-- Where the pixels of the crops in the table crops_shown lie; NULL where one has none. Reads the variable pixel_files.
WITH places AS (
    SELECT crop_id, filename AS file, file_row_number AS place
    FROM read_parquet(getvariable('pixel_files'), filename = true, file_row_number = true, hive_partitioning = false)
    SEMI JOIN crops_shown USING (crop_id)
)
SELECT crop_id, file, place FROM crops_shown LEFT JOIN places USING (crop_id) ORDER BY file, place, crop_id
