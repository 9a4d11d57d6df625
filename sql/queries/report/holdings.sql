-- What was read: one row a data set.
-- @key screen
-- @column screen: data set
-- @column plates: plates
-- @column wells: wells with at least one field
-- @column fields: fields of view, or groups of crops where only crops exist
-- @column crops: crops
-- @column kept: crops that pass every filter
-- @column conditions: proteins with at least one crop
-- @column single: of these, proteins with a single localization
-- @column classes: localizations that occur
SELECT
    c.screen,
    count(DISTINCT c.plate) AS plates,
    any_value(read.wells) AS wells,
    any_value(read.fields) AS fields,
    count(*) AS crops,
    count(*) FILTER (f.kept) AS kept,
    count(DISTINCT c.condition) AS conditions,
    count(DISTINCT c.condition) FILTER (f.class IS NOT NULL) AS single,
    count(DISTINCT c.single) AS classes
FROM crop_classes AS c
JOIN crop_filter AS f USING (crop_id)
JOIN (
    SELECT screen, count(*) AS fields, count(DISTINCT (plate, well)) FILTER (well IS NOT NULL) AS wells
    FROM fields GROUP BY screen
) AS read ON read.screen = c.screen
GROUP BY c.screen
ORDER BY c.screen
