-- Which crops are used and why others are not (paper 3.1): the filters as columns.
-- @key crop_id
-- @column crop_id: the crop
-- @column screen: data set
-- @column orf: the centre cell's protein
-- @column localization: the protein's single localization
-- @column reason: why the crop is not used; NULL where it is
-- @column kept: whether the crop is used
-- @column protein_mean [counts]: mean of the protein channel over the whole crop
-- @column protein_std [counts]: population standard deviation of the protein channel over the whole crop
-- @column nucleus_mean [counts]: mean of the nucleus channel over the whole crop
-- @column nucleus_std [counts]: population standard deviation of the nucleus channel over the whole crop
-- @column cytoplasm_mean [counts]: mean of the cytoplasm channel over the whole crop
-- @column cytoplasm_std [counts]: population standard deviation of the cytoplasm channel over the whole crop
SELECT
    c.crop_id,
    c.screen,
    c.orf,
    p.localization,
    CASE
        -- the rest of an ingestion that was killed or is not at its end
        WHEN f.field_id IS NULL THEN 'its field is not in the store'
        WHEN NOT c.has_pixels THEN 'no pixels: only a label'
        WHEN c.mask_area_px IS NULL THEN 'no mask of the centre cell'
        WHEN c.mask_area_px < 0.05 * store_facts.crop_size ** 2 THEN 'mask under 5% of the crop'
        WHEN c.mask_area_px > 0.95 * store_facts.crop_size ** 2 THEN 'mask over 95% of the crop'
        WHEN c.protein_mean < t.p05 THEN 'mean intensity under the 5th percentile'
    END AS reason,
    reason IS NULL AS kept,
    -- Here too, so that a protein's statistics need not look for each crop again among millions.
    c.protein_mean, c.protein_std, c.nucleus_mean, c.nucleus_std, c.cytoplasm_mean, c.cytoplasm_std
FROM crops AS c
LEFT JOIN (SELECT field_id FROM fields) AS f ON f.field_id = c.field_id
LEFT JOIN intensity_thresholds AS t USING (screen)
LEFT JOIN proteins AS p ON p.orf = c.orf
CROSS JOIN store_facts
