-- Which crops are used and why others are not (paper 3.1): the filters as columns.
-- @key crop_id
-- @column crop_id: the crop
-- @column screen: data set
-- @column replicate: replicate of the screen
-- @column plate: plate
-- @column condition: the centre cell's protein
-- @column class: the crop's class in the chosen scheme
-- @column reason: why the crop is not used; NULL where it is
-- @column kept: whether the crop is used
-- @column {channel}_mean [counts]: mean of the {channel} channel over the whole crop
-- @column {channel}_std [counts]: population standard deviation of the {channel} channel over the whole crop
SELECT
    c.crop_id,
    c.screen,
    c.replicate,
    c.plate,
    c.condition,
    c.class,
    CASE
        -- the rest of an ingestion that was killed or is not at its end
        WHEN f.field_id IS NULL THEN 'its field is not in the store'
        -- vectors alone: whoever made them filtered the crops
        WHEN f.masks = 'elsewhere' THEN NULL
        WHEN NOT c.has_pixels THEN 'no pixels: only a label'
        -- where all that is known of cells is their places, they are looked at without a mask, and never swapped
        WHEN c.mask_area_px IS NULL AND f.masks <> 'none' THEN 'no mask of the centre cell'
        WHEN c.mask_area_px < mask_share_min * crop_size ** 2 THEN format('mask under {:.3g}% of the crop', 100 * mask_share_min)
        WHEN c.mask_area_px > mask_share_max * crop_size ** 2 THEN format('mask over {:.3g}% of the crop', 100 * mask_share_max)
        WHEN c.{signal}_mean < t.threshold THEN format('mean intensity under the {:.3g}th percentile', 100 * intensity_quantile)
    END AS reason,
    reason IS NULL AS kept,
    -- Here too, so that a protein's statistics need not look for each crop again among millions.
    c.{channel}_mean, c.{channel}_std,
FROM crop_classes AS c
LEFT JOIN (SELECT field_id, masks FROM fields) AS f ON f.field_id = c.field_id
LEFT JOIN intensity_thresholds AS t USING (screen, replicate)
CROSS JOIN store_facts
