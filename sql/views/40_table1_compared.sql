-- Table 1 beside what the printed one says. Computed figures have its three decimals, exact ties rounded down as the paper does.
-- @key source, model, layer, pooling, setting, aggregation
-- @column source: 'published' for the authors' raw results, or the run
-- @column model: network with its weights
-- @column layer: layer of the network; the printed table has one layer a network
-- @column pooling: how a map became a vector
-- @column setting: what was done to the background
-- @column aggregation: as_published (the authors' notebook) or as_described (the text)
-- @column accuracy [0-1]: computed
-- @column printed_accuracy [0-1]: printed
-- @column accuracy_difference [0-1]: computed - printed
-- @column three_se [0-1]: computed
-- @column printed_three_se [0-1]: printed
-- @column three_se_difference [0-1]: computed - printed
-- @column n_localizations: localizations averaged
-- @column n_classifiers: different classifiers behind them
-- @column n_unconverged: folds of these classifiers whose solver stopped early; NULL where nobody wrote it down
WITH rounded AS (
    SELECT
        * EXCLUDE (accuracy, three_se),
        ceil(round(accuracy * 1000, 6) - 0.5) / 1000 AS accuracy,
        ceil(round(three_se * 1000, 6) - 0.5) / 1000 AS three_se
    FROM accuracy_by_setting
)
SELECT
    source, model, layer, pooling, setting, aggregation,
    r.accuracy, p.accuracy AS printed_accuracy, round(r.accuracy - p.accuracy, 6) AS accuracy_difference,
    r.three_se, p.three_se AS printed_three_se, round(r.three_se - p.three_se, 6) AS three_se_difference,
    n_classes AS n_localizations, n_classifiers, n_unconverged
FROM rounded AS r JOIN published_accuracy AS p USING (model, setting)
