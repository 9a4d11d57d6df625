-- How much of its crop the centre cell covers, in bins of 2.5%.
-- @key screen, low
-- @column screen: data set
-- @column low [0-1]: lower edge of the bin
-- @column high [0-1]: upper edge of the bin
-- @column used [crops]: crops in the bin that are used
-- @column not_used [crops]: crops in the bin that are not
SELECT
    screen, bin / 40 AS low, (bin + 1) / 40 AS high, count(*) FILTER (kept) AS used, count(*) FILTER (NOT kept) AS not_used
FROM (
    SELECT f.screen, f.kept, least(floor(40 * c.mask_area_px / s.crop_size ** 2), 39) AS bin
    FROM crops AS c JOIN crop_filter AS f USING (crop_id) CROSS JOIN store_facts AS s
    WHERE c.mask_area_px IS NOT NULL
)
GROUP BY screen, bin
ORDER BY screen, bin
