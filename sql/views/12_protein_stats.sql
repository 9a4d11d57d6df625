-- Mean and standard deviation over all pixels of all kept crops of a protein: what a swap standardizes with (paper 3.2).
-- @key screen, orf, channel
-- @column screen: data set
-- @column orf: protein
-- @column channel: the channel, by its name in the store
-- @column mean [counts]: mean over all pixels
-- @column std [counts]: population standard deviation over all pixels
-- @column n_crops: kept crops
SELECT screen, orf, of_channel.channel, of_channel.mean, sqrt(of_channel.var) AS std, of_channel.n AS n_crops
FROM (
    -- All crops have the same number of pixels, so the variance is the mean of variances plus the variance of means: exact and stable.
    SELECT
        screen, orf,
        unnest([
            {'channel': '{channel}', 'mean': avg({channel}_mean), 'var': avg({channel}_std ** 2) + var_pop({channel}_mean), 'n': count({channel}_mean)},
        ]) AS of_channel
    FROM crop_filter
    WHERE kept AND orf IS NOT NULL
    GROUP BY screen, orf
)
WHERE n_crops > 0
