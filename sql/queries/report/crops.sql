-- Crops for the gallery: at most 10 kept ones of each protein, at most 3 proteins of each class, drawn by a hash of their names.
-- @key crop_id
-- @column screen: data set
-- @column class: its class: the cell's own label, its well's, or the protein's single localization
-- @column condition: protein
-- @column gene: gene name
-- @column crop_id: the crop
-- @column plate: plate
-- @column well: well
-- @column mask_share [0-1]: share of the crop that the centre cell covers
-- @column neighbour_share [0-1]: share of the crop that other cells cover
-- @column {signal}_mean [counts]: mean of the {signal} channel
WITH kept AS (
    SELECT c.*, f.class, p.gene,
        dense_rank() OVER (PARTITION BY c.screen, f.class ORDER BY md5(c.condition), c.condition) AS condition_rank,
        row_number() OVER (PARTITION BY c.screen, f.class, c.condition ORDER BY md5(c.crop_id)) AS crop_rank
    FROM crops AS c JOIN crop_filter AS f USING (crop_id) LEFT JOIN condition_classes AS p ON p.condition = c.condition
    WHERE f.kept
)
SELECT screen, class, condition, gene, crop_id, plate, well,
    mask_area_px / store_facts.crop_size ** 2 AS mask_share, neighbour_share, {signal}_mean
FROM kept CROSS JOIN store_facts
WHERE crop_rank <= 10 AND condition_rank <= 3
ORDER BY screen, class NULLS LAST, condition, crop_rank
LIMIT 400
