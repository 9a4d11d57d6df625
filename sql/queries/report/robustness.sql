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
-- @column n_classes: localizations averaged
-- @column n_conditions: proteins that were resampled
-- @column reason: why there is no interval
-- @column model: network with its weights
-- @column layer: layer of the network
-- @column pooling: how a map became a vector
-- @column folds: how images were parted: a number of folds, plate or field (each left out once), or the plan's own split
-- @column source: published (raw results), printed (Table 1, where these are not there), or the run
WITH table1 AS (
    SELECT model, setting AS setting_from, NULL AS setting_to, 'accuracy of real crops' AS quantity, accuracy AS value, three_se
    FROM published_accuracy WHERE setting = 'baseline'
    UNION ALL
    SELECT model, setting_from, setting_to, 'drop: ' || setting_from || ' to ' || setting_to, drop, NULL FROM printed_drops
),
quantities AS (
    SELECT
        a.source, a.model, a.layer, a.pooling, a.setting AS setting_from, NULL AS setting_to,
        'accuracy of real crops' AS quantity, a.accuracy AS value, r.low, r.high, a.three_se,
        a.n_classes, r.n_conditions,
        CASE WHEN r.low IS NULL THEN coalesce(r.reason, 'not computed: cellswap evaluate robustness') END AS reason, a.folds
    FROM accuracy_by_setting AS a
    LEFT JOIN (FROM robustness WHERE setting_to IS NULL) AS r
        ON r.source = a.source AND r.model = a.model AND r.layer = a.layer AND r.pooling = a.pooling AND r.setting_from = a.setting
    WHERE a.setting = 'baseline' AND a.aggregation = 'as_described'
    UNION ALL
    SELECT
        source, model, layer, pooling, setting_from, setting_to, 'drop: ' || setting_from || ' to ' || setting_to, drop, low, high,
        three_se, n_classes, n_conditions, reason, folds
    FROM robustness_drops
    UNION ALL
    SELECT
        'printed', t.model, coalesce(l.layer, 'not known'), 'avg', t.setting_from, t.setting_to, t.quantity, t.value, NULL, NULL,
        t.three_se, NULL, NULL, 'not in the printed Table 1', '5'
    FROM table1 AS t LEFT JOIN published_layer_accuracy AS l ON l.model = t.model AND l.best
    WHERE t.model NOT IN (SELECT model FROM accuracy_by_setting WHERE source = 'published')
)
SELECT
    q.model || ' ' || q.layer || if(q.pooling = 'none', '', ' ' || q.pooling)
        || if(q.folds = '5', '', ', folds: ' || q.folds) AS network,
    q.quantity, q.value, q.low, q.high, q.three_se, p.value AS published, p.three_se AS published_three_se, q.value - p.value AS difference,
    t.value AS printed, q.n_classes, q.n_conditions, q.reason, q.model, q.layer, q.pooling, q.folds, q.source
FROM quantities AS q
LEFT JOIN (FROM quantities WHERE source = 'published') AS p ON p.model = q.model AND p.quantity = q.quantity AND q.source <> 'published'
LEFT JOIN table1 AS t ON t.model = q.model AND t.quantity = q.quantity
LEFT JOIN settings AS s ON s.setting = split_part(q.setting_to, '+', 1)
LEFT JOIN networks AS k ON k.model = q.model
ORDER BY q.source IN ('published', 'printed'), q.source, k.rank NULLS LAST, q.model, q.layer, q.pooling,
    q.setting_to IS NOT NULL, q.setting_from = 'baseline', s.rank, q.quantity
