-- Mean and standard deviation over all pixels of all kept crops of a protein on one plate of one replicate: what a swap standardizes a
-- crop or window of that place with (paper 3.2). In the paper's screen a protein lies on one plate.
-- @key screen, replicate, plate, condition, channel
-- @column screen: data set
-- @column replicate: replicate of the screen
-- @column plate: plate; NULL where it is not known
-- @column condition: protein
-- @column channel: the channel, by its name in the store
-- @column mean [counts]: mean over all pixels
-- @column std [counts]: population standard deviation over all pixels
-- @column n_crops: kept crops
SELECT screen, replicate, plate, condition, of_channel.channel, of_channel.mean, sqrt(of_channel.var) AS std, of_channel.n AS n_crops
FROM (
    -- All crops have the same number of pixels, so the variance is the mean of variances plus the variance of means: exact and stable.
    SELECT
        screen, replicate, plate, condition,
        unnest([
            {'channel': '{channel}', 'mean': avg({channel}_mean), 'var': avg({channel}_std ** 2) + var_pop({channel}_mean), 'n': count({channel}_mean)},
        ]) AS of_channel
    FROM crop_filter
    WHERE kept AND condition IS NOT NULL
    GROUP BY screen, replicate, plate, condition
)
WHERE n_crops > 0
