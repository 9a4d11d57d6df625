-- How bright the crops are: mean of the {signal} channel, in 40 bins between the extremes of each data set.
-- @key screen, low
-- @column screen: data set
-- @column low [counts]: lower edge of the bin
-- @column high [counts]: upper edge of the bin
-- @column used [crops]: crops in the bin that are used
-- @column not_used [crops]: crops in the bin that are not
WITH valued AS (
    SELECT c.screen, c.{signal}_mean AS value, f.kept FROM crops AS c JOIN crop_filter AS f USING (crop_id) WHERE isfinite(c.{signal}_mean)
),
edges AS (
    SELECT screen, min(value) AS lowest, (max(value) - min(value)) / 40 AS width FROM valued GROUP BY screen
)
SELECT
    screen,
    lowest + bin * width AS low,
    lowest + (bin + 1) * width AS high,
    count(*) FILTER (kept) AS used,
    count(*) FILTER (NOT kept) AS not_used
FROM (SELECT *, least(floor((value - lowest) / nullif(width, 0)), 39) AS bin FROM valued JOIN edges USING (screen))
WHERE width > 0
GROUP BY screen, bin, lowest, width
ORDER BY screen, low
