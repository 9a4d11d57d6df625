-- The class of each crop in the chosen scheme: its own label, else its well's, else its condition's. What has several classes, or one
-- that is not used, has none.
-- @key crop_id
-- @column crop_id: the crop
-- @column field_id: its field
-- @column screen: data set
-- @column replicate: replicate of the screen
-- @column plate: plate name
-- @column well: well
-- @column condition: the centre cell's protein
-- @column given_by: what has the label: crop, well or condition; NULL where nothing has one
-- @column class: its class
-- @column single: its class, whether it is used or not where it is the crop's own or its well's
-- @column has_pixels: whether the table pixels has it
-- @column mask_area_px [px^2]: pixels of the centre cell inside the crop; NULL where no mask was found
-- @column {channel}_mean [counts]: mean of the {channel} channel over the whole crop
-- @column {channel}_std [counts]: population standard deviation of the {channel} channel over the whole crop
SELECT
    c.crop_id, c.field_id, c.screen, c.replicate, c.plate, c.well, c.condition,
    CASE
        WHEN o.name IS NOT NULL THEN 'crop'
        WHEN w.well IS NOT NULL THEN 'well'
        WHEN len(p.classes) > 0 THEN 'condition'
    END AS given_by,
    CASE given_by WHEN 'crop' THEN o.class WHEN 'well' THEN w.class ELSE p.class END AS class,
    CASE given_by WHEN 'crop' THEN o.single WHEN 'well' THEN w.single ELSE p.class END AS single,
    c.has_pixels, c.mask_area_px,
    c.{channel}_mean, c.{channel}_std,
FROM crops AS c
LEFT JOIN labelled AS o ON o."of" = 'crop' AND o.name = c.crop_id
LEFT JOIN well_labels AS w ON w.screen = c.screen AND w.plate = c.plate AND w.well = c.well
LEFT JOIN condition_classes AS p ON p.condition = c.condition
