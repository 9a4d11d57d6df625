-- Supplementary Table 2 beside what the printed one says. Computed figures have its two decimals, exact ties rounded down as
-- the paper does (0.935 is printed as 0.93 and 0.925 as 0.92).
-- @key source, model, layer, pooling, setting, localization
-- @column source: 'published' for the authors' raw results, or the run
-- @column model: network with its weights
-- @column layer: layer of the network; the printed table has one layer a network
-- @column pooling: how a map became a vector
-- @column setting: what was done to the background
-- @column localization: the class
-- @column accuracy [0-1]: computed
-- @column printed_accuracy [0-1]: printed
-- @column accuracy_difference [0-1]: computed - printed
-- @column three_se [0-1]: computed
-- @column printed_three_se [0-1]: printed
-- @column three_se_difference [0-1]: computed - printed
-- @column n: classifiers averaged
-- @column n_unconverged: folds of these classifiers whose solver stopped early; NULL where nobody wrote it down
WITH rounded AS (
    SELECT
        * EXCLUDE (accuracy, three_se, class), class AS localization,
        ceil(round(accuracy * 100, 6) - 0.5) / 100 AS accuracy,
        ceil(round(three_se * 100, 6) - 0.5) / 100 AS three_se
    FROM accuracy_by_class
)
SELECT
    source, model, layer, pooling, setting, localization,
    r.accuracy, p.accuracy AS printed_accuracy, round(r.accuracy - p.accuracy, 6) AS accuracy_difference,
    r.three_se, p.three_se AS printed_three_se, round(r.three_se - p.three_se, 6) AS three_se_difference,
    n, n_unconverged
FROM rounded AS r JOIN published_localization_accuracy AS p USING (model, setting, localization)
