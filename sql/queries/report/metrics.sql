-- Supplementary Table 4 beside this store's runs: two classifiers, one on original and one on masked crops; the class that loses most F1 first.
-- @key network, source, class
-- @column network: network, layer, pooling and scheme
-- @column class: class
-- @column f1_original [0-1]: F1 on original crops
-- @column f1_masked [0-1]: F1 on masked crops
-- @column f1_lost [0-1]: F1 on original minus F1 on masked crops
-- @column printed_f1_original [0-1]: as printed
-- @column printed_f1_masked [0-1]: as printed
-- @column precision_original [0-1]: precision on original crops
-- @column precision_masked [0-1]: precision on masked crops
-- @column recall_original [0-1]: recall on original crops
-- @column recall_masked [0-1]: recall on masked crops
-- @column n_test [images]: held-out images of the class, the fewer of the two
-- @column reason: why a figure is missing
-- @column source: the run, or printed for the paper's own
WITH long AS (
    SELECT model || ' ' || layer || if(pooling = 'none', '', ' ' || pooling) || ', ' || scheme AS network, source, localization AS class, crops,
        precision, recall, f1, printed_f1, n_test, reason
    FROM table_s4_compared
    UNION ALL
    SELECT 'pifia final', 'printed', localization, crops, precision, recall, f1, NULL, NULL, NULL FROM published_classifier_metrics
)
SELECT
    network, class,
    max(f1) FILTER (crops = 'original') AS f1_original, max(f1) FILTER (crops = 'masked') AS f1_masked, f1_original - f1_masked AS f1_lost,
    max(printed_f1) FILTER (crops = 'original') AS printed_f1_original, max(printed_f1) FILTER (crops = 'masked') AS printed_f1_masked,
    max(precision) FILTER (crops = 'original') AS precision_original, max(precision) FILTER (crops = 'masked') AS precision_masked,
    max(recall) FILTER (crops = 'original') AS recall_original, max(recall) FILTER (crops = 'masked') AS recall_masked,
    min(n_test) AS n_test, min(reason) AS reason, source
FROM long
GROUP BY network, source, class
ORDER BY source = 'printed', network, source, f1_lost DESC NULLS LAST, class
