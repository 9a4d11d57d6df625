-- One row a set of a plan: how many images it has beside how many were wanted, and of how many proteins.
-- @key plan_id, setting, class, background_class, split
-- @column plan_id: the plan
-- @column setting: what was done to the background
-- @column class: class of the centre cells
-- @column background_class: class of the backgrounds; NULL for real and masked crops
-- @column split: train or test, in a plan with a split
-- @column n: images
-- @column wanted: images that the set was to have, both sides of a split together; NULL in a factorial plan
-- @column n_centre_conditions: proteins of the centres
-- @column n_background_conditions: proteins of the backgrounds
SELECT
    plan_id, setting, class, background_class, swaps.split,
    count(*) AS n,
    any_value(images) FILTER (kind <> 'factorial') AS wanted,
    count(DISTINCT centre_condition) AS n_centre_conditions,
    count(DISTINCT background_condition) AS n_background_conditions
FROM swaps JOIN plans USING (plan_id)
GROUP BY plan_id, setting, class, background_class, swaps.split
