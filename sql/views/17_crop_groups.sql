-- What folds and neighbours may keep together for each crop, and whether it is known which other crops show its pixels.
-- @key crop_id
-- @column crop_id: the crop
-- @column screen: data set
-- @column field: its field of view
-- @column plate: its plate, with the screen's name
-- @column condition: its protein
-- @column placed: whether its box is known, or shared pixels were searched for in its screen
SELECT
    crop_id, screen, field_id AS field, screen || '/' || plate AS plate, condition,
    -- Without boxes, shared pixels are known only where they were searched for.
    y0 IS NOT NULL OR screen IN (SELECT k.screen FROM crop_overlaps_found AS o JOIN crops AS k ON k.crop_id = o.crop_a) AS placed
FROM crops
