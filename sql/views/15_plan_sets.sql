-- One row a set of a plan: how many images it has beside how many were wanted, and of how many proteins.
-- @key plan_id, setting, localization, background_localization, split
-- @column plan_id: the plan
-- @column setting: what was done to the background
-- @column localization: class of the centre cells
-- @column background_localization: class of the backgrounds; NULL for real and masked crops
-- @column split: train or test, in a plan with a split
-- @column n: images
-- @column wanted: images that the set was to have, both sides of a split together; NULL in a factorial plan
-- @column n_centre_proteins: proteins of the centres
-- @column n_background_proteins: proteins of the backgrounds
SELECT
    plan_id, setting, localization, background_localization, swaps.split,
    count(*) AS n,
    any_value(images) FILTER (kind <> 'factorial') AS wanted,
    count(DISTINCT centre_orf) AS n_centre_proteins,
    count(DISTINCT background_orf) AS n_background_proteins
FROM swaps JOIN plans USING (plan_id)
GROUP BY plan_id, setting, localization, background_localization, swaps.split
