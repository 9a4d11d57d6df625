-- The 5-fold rows of Supplementary Table 3 beside the cell-free figures of accuracy_by_class, which they repeat with
-- three decimals, and the printed held-out figure beside both.
-- @key source, model, layer, pooling, localization
-- @column source: 'published' for the authors' raw results, or the run
-- @column model: network with its weights
-- @column layer: layer of the network; the printed table has one layer a network
-- @column pooling: how a map became a vector
-- @column localization: the class
-- @column accuracy [0-1]: computed, five folds, exact ties rounded down
-- @column printed_accuracy [0-1]: printed, five folds
-- @column accuracy_difference [0-1]: computed - printed
-- @column printed_heldout_accuracy [0-1]: printed, proteins held out
-- @column heldout_accuracy_difference [0-1]: accuracy - printed_heldout_accuracy: what five folds give more than the printed held-out
-- figure; what a run's own held-out test gives stands in heldout_compared
-- @column n: classifiers averaged
-- @column n_unconverged: folds of these classifiers whose solver stopped early; NULL where nobody wrote it down
WITH rounded AS (
    SELECT * EXCLUDE (accuracy, class), class AS localization, ceil(round(accuracy * 1000, 6) - 0.5) / 1000 AS accuracy
    FROM accuracy_by_class
    WHERE setting = 'cell_free_swap'
)
SELECT
    source, model, layer, pooling, localization,
    r.accuracy, p.accuracy AS printed_accuracy, round(r.accuracy - p.accuracy, 6) AS accuracy_difference,
    h.accuracy AS printed_heldout_accuracy, round(r.accuracy - h.accuracy, 6) AS heldout_accuracy_difference,
    n, n_unconverged
FROM rounded AS r
JOIN published_heldout_accuracy AS p USING (model, localization)
JOIN published_heldout_accuracy AS h USING (model, localization)
WHERE p.evaluation = 'five_fold_cv' AND h.evaluation = 'protein_held_out'
