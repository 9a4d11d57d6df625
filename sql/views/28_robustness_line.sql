-- One line a network, as one quotes it: baseline accuracy, and how much is lost by each change of the background, each with its
-- bootstrap interval over proteins and +- 3 standard errors over localizations. NULL where a setting was not measured.
-- @key source, model, layer, pooling
-- @column source: 'published', or the run
-- @column model: network with its weights
-- @column layer: layer of the network
-- @column pooling: how a map became a vector
-- @column baseline [0-1]: accuracy of baseline by the text's rule (paper 3.4)
-- @column baseline_low [0-1]: lower end of its interval over proteins; NULL as reason says
-- @column baseline_high [0-1]: upper end
-- @column baseline_three_se [0-1]: 3 standard errors over localizations
-- @column same_to_diff [0-1]: drop from same_class_swap to diff_class_swap: what the neighbours' localization alone costs
-- @column same_to_diff_low [0-1]: lower end of its interval over proteins
-- @column same_to_diff_high [0-1]: upper end
-- @column same_to_diff_three_se [0-1]: 3 standard errors over localizations
-- @column to_same [0-1]: drop from baseline to same_class_swap
-- @column to_same_low [0-1]: lower end of its interval over proteins
-- @column to_same_high [0-1]: upper end
-- @column to_same_three_se [0-1]: 3 standard errors over localizations
-- @column to_diff [0-1]: drop from baseline to diff_class_swap
-- @column to_diff_low [0-1]: lower end of its interval over proteins
-- @column to_diff_high [0-1]: upper end
-- @column to_diff_three_se [0-1]: 3 standard errors over localizations
-- @column to_cell_free [0-1]: drop from baseline to cell_free_swap
-- @column to_cell_free_low [0-1]: lower end of its interval over proteins
-- @column to_cell_free_high [0-1]: upper end
-- @column to_cell_free_three_se [0-1]: 3 standard errors over localizations
-- @column to_masked [0-1]: drop from baseline to masked
-- @column to_masked_low [0-1]: lower end of its interval over proteins
-- @column to_masked_high [0-1]: upper end
-- @column to_masked_three_se [0-1]: 3 standard errors over localizations
-- @column n_classes: localizations averaged in the drop that has fewest
-- @column n_conditions: proteins resampled in the drop that has fewest; with fewer than 6 in a class the intervals are too narrow
-- @column n_resamples: resamples
-- @column n_unconverged: folds whose solver stopped early, in the drop that has most; NULL where nobody wrote it down
-- @column reason: why an interval is missing; NULL where none is
-- @column folds: how images were parted: a number of folds (the paper: 5), plate or field (each left out once), or the plan's own plate
-- split or protein split
WITH baselines AS (
    SELECT a.source, a.model, a.layer, a.pooling, a.accuracy AS baseline, r.low AS baseline_low, r.high AS baseline_high,
        a.three_se AS baseline_three_se
    FROM accuracy_by_setting AS a
    LEFT JOIN robustness AS r
        ON r.source = a.source AND r.model = a.model AND r.layer = a.layer AND r.pooling = a.pooling
        AND r.setting_from = a.setting AND r.setting_to IS NULL
    WHERE a.setting = 'baseline' AND a.aggregation = 'as_described'
),
drops AS (
    SELECT
        source, model, layer, pooling,
        any_value(drop) FILTER (setting_from = 'same_class_swap' AND setting_to = 'diff_class_swap') AS same_to_diff,
        any_value(low) FILTER (setting_from = 'same_class_swap' AND setting_to = 'diff_class_swap') AS same_to_diff_low,
        any_value(high) FILTER (setting_from = 'same_class_swap' AND setting_to = 'diff_class_swap') AS same_to_diff_high,
        any_value(three_se) FILTER (setting_from = 'same_class_swap' AND setting_to = 'diff_class_swap') AS same_to_diff_three_se,
        any_value(drop) FILTER (setting_from = 'baseline' AND setting_to = 'same_class_swap') AS to_same,
        any_value(low) FILTER (setting_from = 'baseline' AND setting_to = 'same_class_swap') AS to_same_low,
        any_value(high) FILTER (setting_from = 'baseline' AND setting_to = 'same_class_swap') AS to_same_high,
        any_value(three_se) FILTER (setting_from = 'baseline' AND setting_to = 'same_class_swap') AS to_same_three_se,
        any_value(drop) FILTER (setting_from = 'baseline' AND setting_to = 'diff_class_swap') AS to_diff,
        any_value(low) FILTER (setting_from = 'baseline' AND setting_to = 'diff_class_swap') AS to_diff_low,
        any_value(high) FILTER (setting_from = 'baseline' AND setting_to = 'diff_class_swap') AS to_diff_high,
        any_value(three_se) FILTER (setting_from = 'baseline' AND setting_to = 'diff_class_swap') AS to_diff_three_se,
        any_value(drop) FILTER (setting_from = 'baseline' AND setting_to = 'cell_free_swap') AS to_cell_free,
        any_value(low) FILTER (setting_from = 'baseline' AND setting_to = 'cell_free_swap') AS to_cell_free_low,
        any_value(high) FILTER (setting_from = 'baseline' AND setting_to = 'cell_free_swap') AS to_cell_free_high,
        any_value(three_se) FILTER (setting_from = 'baseline' AND setting_to = 'cell_free_swap') AS to_cell_free_three_se,
        any_value(drop) FILTER (setting_from = 'baseline' AND setting_to = 'masked') AS to_masked,
        any_value(low) FILTER (setting_from = 'baseline' AND setting_to = 'masked') AS to_masked_low,
        any_value(high) FILTER (setting_from = 'baseline' AND setting_to = 'masked') AS to_masked_high,
        any_value(three_se) FILTER (setting_from = 'baseline' AND setting_to = 'masked') AS to_masked_three_se,
        min(n_classes) AS n_classes,
        min(n_conditions) AS n_conditions,
        max(n_resamples) AS n_resamples,
        max(n_unconverged) AS n_unconverged,
        min(reason) AS reason,
        any_value(folds) AS folds
    FROM robustness_drops
    WHERE NOT contains(setting_from || setting_to, '+')
    GROUP BY source, model, layer, pooling
)
SELECT
    source, model, layer, pooling, baseline, baseline_low, baseline_high, baseline_three_se,
    drops.* EXCLUDE (source, model, layer, pooling)
FROM drops LEFT JOIN baselines USING (source, model, layer, pooling)
