-- Supplementary Table 4 (precision, recall and F1 of the two classifiers) beside a run's: one row a class and classifier.
-- @key source, model, layer, pooling, crops, localization
-- @column source: the run
-- @column model: network with its weights
-- @column layer: layer of the network; the paper's is PIFiA's 64-d profile
-- @column pooling: how a map became a vector
-- @column scheme: adam (the paper), exact or published
-- @column crops: original or masked
-- @column localization: the class
-- @column precision [0-1]: computed; NULL where no image was called this class
-- @column recall [0-1]: computed
-- @column f1 [0-1]: computed
-- @column n_test: held-out images of the class
-- @column printed_precision [0-1]: printed
-- @column printed_recall [0-1]: printed
-- @column printed_f1 [0-1]: printed
-- @column precision_difference [0-1]: computed - printed
-- @column recall_difference [0-1]: computed - printed
-- @column f1_difference [0-1]: computed - printed
-- @column converged: whether the exact scheme met its tolerance; NULL for the others, which do not ask
-- @column reason: why a figure is missing
SELECT
    m.run_id AS source, m.model, m.layer, m.pooling, m.scheme, m.crops, m.class AS localization,
    m.precision, m.recall, m.f1, m.n_test,
    p.precision AS printed_precision, p.recall AS printed_recall, p.f1 AS printed_f1,
    m.precision - p.precision AS precision_difference, m.recall - p.recall AS recall_difference, m.f1 - p.f1 AS f1_difference,
    m.converged, m.reason
FROM classifier_metrics AS m LEFT JOIN published_classifier_metrics AS p
    ON p.localization = m.class AND p.crops = m.crops
