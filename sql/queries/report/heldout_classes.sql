-- Held out beside five folds, localization by localization: Supplementary Table 3 as printed and this store's runs.
-- @key network, setting, split_by, source, class
-- @column network: network, layer and pooling
-- @column class: class
-- @column held_out [0-1]: proteins or plates held out
-- @column five_fold [0-1]: five folds on the same images
-- @column difference [0-1]: held_out - five_fold
-- @column printed_held_out [0-1]: printed, where the paper has the network
-- @column printed_five_fold [0-1]: printed
-- @column n [classifiers]: classifiers averaged
-- @column overlap_held_out [0-1]: share of held-out test crops that show pixels of a training crop
-- @column overlap_five_fold [0-1]: the same of the folds
-- @column setting: what was done to the background
-- @column split_by: what is held out
-- @column source: printed, or the run
WITH own AS (
    SELECT
        model || ' ' || layer || if(pooling = 'none', '', ' ' || pooling) AS network, localization AS class, held_out, five_fold, difference, printed_held_out,
        printed_five_fold, n, overlap_held_out, overlap_five_fold, setting, 'by ' || split_by AS split_by, source
    FROM heldout_compared
),
printed AS (
    SELECT
        model || ' ' || any_value(layer) AS network, class,
        max(accuracy) FILTER (evaluation <> 'five_fold_cv') AS held_out, max(accuracy) FILTER (evaluation = 'five_fold_cv') AS five_fold
    FROM heldout_by_class WHERE source = 'published'
    GROUP BY model, class
)
SELECT t.*
FROM (
    FROM own
    UNION ALL SELECT *, held_out - five_fold, NULL, NULL, NULL, NULL, NULL, 'cell_free_swap', 'by condition', 'printed' FROM printed
) AS t LEFT JOIN chosen_classes USING (class)
ORDER BY source = 'printed', network, setting, split_by, source, rank
