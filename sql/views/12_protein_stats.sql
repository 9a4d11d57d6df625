-- Mean and standard deviation over all pixels of all kept crops of a protein: what a swap standardizes with (paper 3.2).
-- @key screen, orf, channel
-- @column screen: data set
-- @column orf: protein
-- @column channel: protein, nucleus or cytoplasm
-- @column mean [counts]: mean over all pixels
-- @column std [counts]: population standard deviation over all pixels
-- @column n_crops: kept crops
SELECT screen, orf, of_channel.channel, of_channel.mean, sqrt(of_channel.var) AS std, of_channel.n AS n_crops
FROM (
    -- All crops have the same number of pixels, so the variance is the mean of variances plus the variance of means: exact and stable.
    SELECT
        screen, orf,
        unnest([
            {'channel': 'protein', 'mean': avg(protein_mean), 'var': avg(protein_std ** 2) + var_pop(protein_mean), 'n': count(protein_mean)},
            {'channel': 'nucleus', 'mean': avg(nucleus_mean), 'var': avg(nucleus_std ** 2) + var_pop(nucleus_mean), 'n': count(nucleus_mean)},
            {'channel': 'cytoplasm', 'mean': avg(cytoplasm_mean), 'var': avg(cytoplasm_std ** 2) + var_pop(cytoplasm_mean), 'n': count(cytoplasm_mean)}
        ]) AS of_channel
    FROM crop_filter
    WHERE kept AND orf IS NOT NULL
    GROUP BY screen, orf
)
WHERE n_crops > 0
