-- How large the cells are, in 40 bins up to the 99.5th percentile of each data set; larger ones are in the last bin.
-- @key screen, low
-- @column screen: data set
-- @column low [px^2]: lower edge of the bin
-- @column high [px^2]: upper edge of the bin
-- @column n [cells]: cells
WITH edges AS (
    SELECT screen, quantile_cont(area_px, 0.995) / 40 AS width FROM crops WHERE area_px IS NOT NULL GROUP BY screen
)
SELECT screen, bin * width AS low, (bin + 1) * width AS high, count(*) AS n
FROM (
    SELECT screen, width, least(floor(area_px / width), 39) AS bin FROM crops JOIN edges USING (screen) WHERE area_px IS NOT NULL AND width > 0
)
GROUP BY screen, bin, width
ORDER BY screen, low
