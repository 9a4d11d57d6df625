-- Where each localization's proteins, wells or crops lie: share of the localization on each plate, for data sets of several plates.
-- @key screen, unit, class, plate
-- @column screen: data set
-- @column unit: what is counted
-- @column class: class
-- @column plate: plate
-- @column n: proteins, wells or crops of the localization on the plate
-- @column share [0-1]: share of the localization's, over all plates
-- @column expected [0-1]: share of all localizations' on that plate
SELECT
    screen, unit, class, plate, n, share,
    sum(n) OVER (PARTITION BY screen, unit, plate) / sum(n) OVER (PARTITION BY screen, unit) AS expected
FROM plate_skew LEFT JOIN chosen_classes USING (class)
QUALIFY count(*) OVER (PARTITION BY screen, unit, class) > 1
ORDER BY screen, unit, chosen_classes.rank NULLS LAST, class, len(plate), plate
