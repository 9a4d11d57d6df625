-- What changed, localization by localization: this side minus the other.
-- @key network, setting, class
-- @column network: network, layer, pooling, and its folds where they are not five; where no network has the same name on both sides
-- and each has one, both
-- @column setting: what was done to the background
-- @column class: class
-- @column this [0-1]: accuracy on this side
-- @column other [0-1]: accuracy on the other side
-- @column difference [0-1]: this - other
-- @column n_this [classifiers]: classifiers averaged on this side
-- @column n_other [classifiers]: on the other side
-- @column images_this: images of the smallest class on this side
-- @column images_other: on the other side
-- @column n_unconverged: folds of both whose solver stopped early
WITH sides AS (
    SELECT *, model || ' ' || layer || ' ' || pooling || if(folds = '5', '', ', folds: ' || folds) AS name FROM 'compare_sides.parquet'
),
names AS (
    SELECT
        count(DISTINCT name) FILTER (side = 'this') AS n_this, count(DISTINCT name) FILTER (side = 'other') AS n_other,
        count(DISTINCT name) AS n_all
    FROM sides
)
SELECT
    if(t.name = o.name, t.name, t.name || ' beside ' || o.name) AS network, setting, class,
    t.accuracy AS this, o.accuracy AS other, t.accuracy - o.accuracy AS difference, t.n AS n_this, o.n AS n_other,
    t.fewest_images AS images_this, o.fewest_images AS images_other, t.n_unconverged + o.n_unconverged AS n_unconverged
FROM (FROM sides WHERE side = 'this') AS t
JOIN (FROM sides WHERE side = 'other') AS o USING (setting, class)
CROSS JOIN names
WHERE t.name = o.name OR (n_this = 1 AND n_other = 1 AND n_all = 2)
ORDER BY network, class, t.setting_rank, setting
