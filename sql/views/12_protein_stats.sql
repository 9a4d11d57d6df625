-- Mean and standard deviation over all pixels of all kept crops of a protein: what a swap standardizes with (paper 3.2).
-- @key screen, orf, channel
-- @column screen: data set
-- @column orf: protein
-- @column channel: protein, nucleus or cytoplasm
-- @column mean [counts]: mean over all pixels
-- @column std [counts]: population standard deviation over all pixels
-- @column n_crops: kept crops
WITH kept AS (
    SELECT crops.* FROM crops JOIN crop_filter USING (crop_id) WHERE kept AND crops.orf IS NOT NULL
),
long AS (
    SELECT screen, orf, 'protein' AS channel, protein_mean AS m, protein_std AS s FROM kept
    UNION ALL SELECT screen, orf, 'nucleus', nucleus_mean, nucleus_std FROM kept WHERE nucleus_mean IS NOT NULL
    UNION ALL SELECT screen, orf, 'cytoplasm', cytoplasm_mean, cytoplasm_std FROM kept WHERE cytoplasm_mean IS NOT NULL
)
-- All crops have the same number of pixels, so the variance is the mean of variances plus the variance of means: exact and stable.
SELECT screen, orf, channel, avg(m) AS mean, sqrt(avg(s * s) + var_pop(m)) AS std, count(*) AS n_crops
FROM long
GROUP BY screen, orf, channel
