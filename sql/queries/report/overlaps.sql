-- How many crops show pixels of another crop: folds that ignore it train on what they test.
-- @key screen
-- @column screen: data set
-- @column n_crops [crops]: crops with pixels
-- @column overlapping [crops]: crops that share at least one pixel with another
-- @column share [0-1]: their share
-- @column pairs: pairs of crops that share pixels
-- @column median_shared [px^2]: median number of pixels that such a pair shares
WITH sides AS (
    SELECT crop_a AS crop_id, crop_b, shared_px FROM crop_overlaps
    UNION ALL SELECT crop_b, crop_a, shared_px FROM crop_overlaps
),
counted AS (
    SELECT screen, count(DISTINCT crop_id) AS overlapping, count(*) // 2 AS pairs, median(shared_px) AS median_shared
    FROM sides JOIN crops USING (crop_id) GROUP BY screen
)
SELECT c.screen, count(*) AS n_crops, any_value(o.overlapping) AS overlapping, any_value(o.overlapping) / count(*) AS share,
    any_value(o.pairs) AS pairs, any_value(o.median_shared) AS median_shared
FROM crops AS c JOIN counted AS o USING (screen)
WHERE c.has_pixels
GROUP BY c.screen
ORDER BY c.screen
