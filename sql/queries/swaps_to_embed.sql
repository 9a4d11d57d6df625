-- The swaps of one plan, each with its chunk: so many rows of one setting and centre class, by protein and id.
-- Reads the variables plan_id, settings (a list) and chunk_rows.
CREATE OR REPLACE TEMP TABLE swaps_to_embed AS
SELECT
    setting, class, image_id, centre_crop_id AS crop_id, centre_condition AS condition, background_crop_id, background_condition,
    (row_number() OVER (PARTITION BY setting, class ORDER BY centre_condition, image_id) - 1)
        // getvariable('chunk_rows')::BIGINT AS chunk
FROM swaps
WHERE plan_id = getvariable('plan_id')::VARCHAR AND list_contains(getvariable('settings')::VARCHAR[], setting)
