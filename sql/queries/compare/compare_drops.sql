-- What changed in the drops of accuracy: this side minus the other, with an interval from the two bootstrap intervals over proteins
-- (Zou and Donner 2008: the ends are as far from the difference as the two sides' ends are from their figures, squared and added; it
-- takes the sides for independent, and is too wide where they share proteins).
-- @key network, setting_from, setting_to
-- @column network: network, layer, pooling, and its folds where they are not five; where no network has the same name on both sides
-- and each has one, both
-- @column setting_from: the setting that the drop is measured from
-- @column setting_to: the setting that it is measured to
-- @column this [0-1]: accuracy lost on this side
-- @column this_low [0-1]: lower end of its interval
-- @column this_high [0-1]: upper end
-- @column other [0-1]: accuracy lost on the other side
-- @column other_low [0-1]: lower end of its interval
-- @column other_high [0-1]: upper end
-- @column difference [0-1]: this - other: below 0 where this side loses less
-- @column low [0-1]: lower end of the difference's interval
-- @column high [0-1]: upper end
-- @column level [0-1]: share that the intervals are to hold
-- @column n_conditions_this: proteins that were resampled on this side
-- @column n_conditions_other: on the other side
-- @column reason: why there is no interval
WITH sides AS (
    SELECT *, model || ' ' || layer || ' ' || pooling || if(folds = '5', '', ', folds: ' || folds) AS name FROM 'compare_drop_sides.parquet'
),
names AS (
    SELECT
        count(DISTINCT name) FILTER (side = 'this') AS n_this, count(DISTINCT name) FILTER (side = 'other') AS n_other,
        count(DISTINCT name) AS n_all
    FROM sides
)
SELECT
    if(t.name = o.name, t.name, t.name || ' beside ' || o.name) AS network, setting_from, setting_to,
    t.drop AS this, t.low AS this_low, t.high AS this_high, o.drop AS other, o.low AS other_low, o.high AS other_high,
    t.drop - o.drop AS difference,
    if(t.level = o.level, t.drop - o.drop - sqrt((t.drop - t.low) ** 2 + (o.high - o.drop) ** 2), NULL) AS low,
    if(t.level = o.level, t.drop - o.drop + sqrt((t.high - t.drop) ** 2 + (o.drop - o.low) ** 2), NULL) AS high,
    if(t.level = o.level, t.level, NULL) AS level, t.n_conditions AS n_conditions_this, o.n_conditions AS n_conditions_other,
    CASE
        WHEN t.low IS NULL THEN 'this side: ' || t.reason
        WHEN o.low IS NULL THEN 'other side: ' || o.reason
        WHEN t.level <> o.level THEN 'the sides'' intervals hold different shares'
    END AS reason
FROM (FROM sides WHERE side = 'this') AS t
JOIN (FROM sides WHERE side = 'other') AS o USING (setting_from, setting_to)
CROSS JOIN names
WHERE t.name = o.name OR (n_this = 1 AND n_other = 1 AND n_all = 2)
ORDER BY network, setting_from DESC, setting_to
