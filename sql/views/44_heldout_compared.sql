-- Held out beside five folds on the same images, localization by localization, and Supplementary Table 3 beside both where it has the
-- network: its figures are of cell-free swaps with proteins held out.
-- @key source, model, layer, pooling, setting, localization
-- @column source: the run
-- @column model: network with its weights
-- @column layer: layer of the network
-- @column pooling: how a map became a vector
-- @column setting: what was done to the background
-- @column split_by: what is held out: protein or plate
-- @column localization: the class
-- @column held_out [0-1]: computed; NULL where no classifier of the class could be held out
-- @column five_fold [0-1]: computed
-- @column difference [0-1]: held_out - five_fold
-- @column n: classifiers averaged
-- @column n_unconverged: fits of either evaluation whose solver stopped early
-- @column overlap_held_out [0-1]: share of held-out test crops that show pixels of a training crop
-- @column overlap_five_fold [0-1]: the same of the folds
-- @column printed_held_out [0-1]: printed; NULL where the setting, the split or the network is another
-- @column printed_five_fold [0-1]: printed
-- @column printed_difference [0-1]: printed_held_out - printed_five_fold
-- @column held_out_difference [0-1]: held_out - printed_held_out
-- @column five_fold_difference [0-1]: five_fold - printed_five_fold
WITH sides AS (
    SELECT
        source, model, layer, pooling, setting, split_by, class AS localization,
        max(accuracy) FILTER (evaluation <> 'five_fold_cv') AS held_out,
        max(accuracy) FILTER (evaluation = 'five_fold_cv') AS five_fold,
        max(n) AS n,
        sum(n_unconverged)::BIGINT AS n_unconverged,
        max(overlap_share) FILTER (evaluation <> 'five_fold_cv') AS overlap_held_out,
        max(overlap_share) FILTER (evaluation = 'five_fold_cv') AS overlap_five_fold
    FROM heldout_by_class
    GROUP BY ALL
)
SELECT
    s.source, s.model, s.layer, s.pooling, s.setting, s.split_by, s.localization,
    s.held_out, s.five_fold, s.held_out - s.five_fold AS difference, s.n, s.n_unconverged, s.overlap_held_out, s.overlap_five_fold,
    p.held_out AS printed_held_out, p.five_fold AS printed_five_fold, p.held_out - p.five_fold AS printed_difference,
    s.held_out - p.held_out AS held_out_difference, s.five_fold - p.five_fold AS five_fold_difference
FROM sides AS s
LEFT JOIN sides AS p
    ON p.source = 'published' AND p.model = s.model AND p.localization = s.localization
    AND s.setting = p.setting AND s.split_by = p.split_by
WHERE s.source <> 'published'
