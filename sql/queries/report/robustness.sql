-- How robust each network is: accuracy of real crops, and what each change of the background costs, beside the paper.
-- @key source, model, layer, pooling, quantity
-- @column network: network, layer and pooling
-- @column quantity: accuracy of real crops, or the drop of accuracy from one setting to another
-- @column value [0-1]: mean over localizations by the text's rule (paper 3.4); of a drop, above 0 where accuracy is lost
-- @column low [0-1]: lower end of the bootstrap interval over proteins
-- @column high [0-1]: upper end
-- @column three_se [0-1]: three standard errors over localizations, as the paper has it
-- @column published [0-1]: the same from the authors' raw results
-- @column published_three_se [0-1]: its three standard errors over localizations
-- @column difference [0-1]: value - published
-- @column printed [0-1]: from the printed Table 1, which follows another rule for baseline and masked
-- @column n_localizations: localizations averaged
-- @column n_proteins: proteins that were resampled
-- @column reason: why there is no interval
-- @column model: network with its weights
-- @column layer: layer of the network
-- @column pooling: how a map became a vector
-- @column source: published, or the run
WITH accuracies AS (
    SELECT
        a.source, a.model, a.layer, a.pooling, 'accuracy of real crops' AS quantity, a.accuracy AS value, r.low, r.high, a.three_se,
        p.accuracy AS printed, a.n_localizations, r.n_proteins,
        CASE WHEN r.low IS NULL THEN coalesce(r.reason, 'not computed: cellswap evaluate robustness') END AS reason
    FROM accuracy_by_setting AS a
    LEFT JOIN (FROM robustness WHERE setting_to IS NULL) AS r
        ON r.source = a.source AND r.model = a.model AND r.layer = a.layer AND r.pooling = a.pooling AND r.setting_from = a.setting
    LEFT JOIN published_accuracy AS p ON p.model = a.model AND p.setting = a.setting
    WHERE a.setting = 'baseline' AND a.aggregation = 'as_described'
),
quantities AS (
    FROM accuracies
    UNION ALL
    SELECT
        d.source, d.model, d.layer, d.pooling, 'drop: ' || d.setting_from || ' to ' || d.setting_to, d.drop, d.low, d.high, d.three_se,
        c.printed_drop, d.n_localizations, d.n_proteins, d.reason
    FROM robustness_drops AS d
    LEFT JOIN robustness_compared AS c USING (source, model, layer, pooling, setting_from, setting_to)
)
SELECT
    q.model || ' ' || q.layer || if(q.pooling = 'none', '', ' ' || q.pooling) AS network,
    q.quantity, q.value, q.low, q.high, q.three_se, p.value AS published, p.three_se AS published_three_se, q.value - p.value AS difference,
    q.printed, q.n_localizations, q.n_proteins, q.reason, q.model, q.layer, q.pooling, q.source
FROM quantities AS q
LEFT JOIN (FROM quantities WHERE source = 'published') AS p ON p.model = q.model AND p.quantity = q.quantity AND q.source <> 'published'
ORDER BY q.source = 'published', q.source, array_position(['pifia', 'pci', 'deeploc'], q.model) NULLS LAST, q.model, q.layer, q.pooling,
    array_position(['accuracy of real crops', 'drop: same_loc_swap to diff_loc_swap', 'drop: baseline to same_loc_swap',
        'drop: baseline to cell_free_swap', 'drop: baseline to diff_loc_swap', 'drop: baseline to masked'], q.quantity) NULLS LAST, q.quantity
