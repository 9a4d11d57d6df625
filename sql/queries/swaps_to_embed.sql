-- The swaps of one plan, each with its chunk: so many rows of one setting and centre class, by protein and id.
-- Reads the variables plan_id, settings (a list) and chunk_rows.
CREATE OR REPLACE TEMP TABLE swaps_to_embed AS
SELECT
    setting, localization, image_id, centre_crop_id AS crop_id, centre_orf AS orf, background_crop_id, background_orf,
    (row_number() OVER (PARTITION BY setting, localization ORDER BY centre_orf, image_id) - 1)
        // getvariable('chunk_rows')::BIGINT AS chunk
FROM swaps
WHERE plan_id = getvariable('plan_id')::VARCHAR AND list_contains(getvariable('settings')::VARCHAR[], setting)
