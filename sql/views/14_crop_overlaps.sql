-- Pairs of crops that show the same pixels: those found by comparing pixels, and those whose boxes in one field meet. Folds that
-- part such a pair leak. One row a pair, crop_a being the one whose id sorts first.
-- @key crop_a, crop_b
-- @column crop_a: the crop whose id sorts first
-- @column crop_b: the other crop
-- @column shared_px [px^2]: pixels that both show
SELECT crop_a, crop_b, shared_px FROM crop_overlaps_found
UNION ALL
SELECT a.crop_id, b.crop_id, (least(a.y1, b.y1) - greatest(a.y0, b.y0)) * (least(a.x1, b.x1) - greatest(a.x0, b.x0))
FROM crops AS a
JOIN crops AS b ON a.field_id = b.field_id AND a.crop_id < b.crop_id
    AND a.y0 < b.y1 AND b.y0 < a.y1 AND a.x0 < b.x1 AND b.x0 < a.x1
