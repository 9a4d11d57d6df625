-- The drops of every network that the paper has too: a run's own beside that of the authors' raw results and of the printed Table 1.
-- @key source, model, layer, pooling, setting_from, setting_to
-- @column source: 'published' for the authors' raw results, or the run
-- @column model: network with its weights, named as in the paper
-- @column layer: layer of the network; the paper has one layer a network
-- @column pooling: how a map became a vector
-- @column setting_from: baseline, or same_class_swap where setting_to is diff_class_swap
-- @column setting_to: the setting that is compared with it
-- @column drop [0-1]: computed
-- @column low [0-1]: lower end of its interval over proteins; NULL as reason says
-- @column high [0-1]: upper end
-- @column three_se [0-1]: 3 standard errors over localizations
-- @column published_drop [0-1]: the same from the authors' raw results, by the text's rule
-- @column published_three_se [0-1]: its 3 standard errors over localizations
-- @column difference [0-1]: drop - published_drop
-- @column printed_drop [0-1]: difference of the two figures printed in Table 1, which follow another rule for baseline and masked
-- @column printed_difference [0-1]: drop - printed_drop
-- @column n_localizations: localizations averaged
-- @column published_n_localizations: localizations averaged in published_drop
-- @column n_unconverged: folds behind drop whose solver stopped early; NULL where nobody wrote it down
-- @column reason: why there is no interval; NULL where there is one
SELECT
    d.source, d.model, d.layer, d.pooling, d.setting_from, d.setting_to,
    d.drop, d.low, d.high, d.three_se,
    p.drop AS published_drop, p.three_se AS published_three_se, d.drop - p.drop AS difference,
    t.drop AS printed_drop, d.drop - t.drop AS printed_difference,
    d.n_classes AS n_localizations, p.n_classes AS published_n_localizations, d.n_unconverged, d.reason
FROM robustness_drops AS d
JOIN robustness_drops AS p
    ON p.source = 'published' AND p.model = d.model AND p.setting_from = d.setting_from AND p.setting_to = d.setting_to
LEFT JOIN printed_drops AS t ON t.model = d.model AND t.setting_from = d.setting_from AND t.setting_to = d.setting_to
