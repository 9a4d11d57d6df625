-- Crops that are not used, for the gallery: at most 10 of each reason, drawn by a hash of their names.
-- @key crop_id
-- @column screen: data set
-- @column reason: why it is not used
-- @column condition: protein
-- @column gene: gene name
-- @column crop_id: the crop
-- @column plate: plate
-- @column well: well
-- @column mask_share [0-1]: share of the crop that the centre cell covers
-- @column neighbour_share [0-1]: share of the crop that other cells cover
-- @column {signal}_mean [counts]: mean of the {signal} channel
SELECT c.screen, f.reason, c.condition, p.gene, c.crop_id, c.plate, c.well,
    c.mask_area_px / s.crop_size ** 2 AS mask_share, c.neighbour_share, c.{signal}_mean
FROM crops AS c JOIN crop_filter AS f USING (crop_id) LEFT JOIN condition_classes AS p ON p.condition = c.condition CROSS JOIN store_facts AS s
WHERE NOT f.kept AND c.has_pixels
QUALIFY row_number() OVER (PARTITION BY c.screen, f.reason ORDER BY md5(c.crop_id)) <= 10
ORDER BY c.screen, f.reason, md5(c.crop_id)
LIMIT 100
