-- Swaps of the newest plan, for the gallery: at most 4 of each setting that is composed, drawn by a hash of their names.
-- @key image_id
-- @column plan_id: the plan
-- @column setting: what was done to the background
-- @column image_id: the composed image
-- @column class: class of the centre cell
-- @column condition: its protein
-- @column crop_id: its crop
-- @column background_class: class of the background
-- @column background_condition: its protein
-- @column background_crop_id: its crop, or the window without cells
WITH newest AS (
    SELECT plan_id FROM plans LEFT JOIN runs USING (run_id)
    WHERE kind <> 'published'
    ORDER BY started_at DESC NULLS LAST, plan_id
    LIMIT 1
)
SELECT
    plan_id, setting, image_id, class, centre_condition AS condition, centre_crop_id AS crop_id,
    background_class, background_condition, background_crop_id
FROM swaps SEMI JOIN newest USING (plan_id) LEFT JOIN settings USING (setting)
WHERE background_crop_id IS NOT NULL
QUALIFY row_number() OVER (PARTITION BY setting ORDER BY md5(image_id), image_id) <= 4
ORDER BY plan_rank, md5(image_id), image_id
