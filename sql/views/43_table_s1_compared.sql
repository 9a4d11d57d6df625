-- Supplementary Table 1 (accuracy by layer) beside the same layer of the same network in a run: only names that match are compared.
-- @key source, model, layer, pooling
-- @column source: the run
-- @column model: network with its weights
-- @column layer: layer as the run has it
-- @column printed_layer: the same layer in the printed table: DeepLoc's conv_3 is its conv3, the last profile before the head its final
-- @column pooling: how a map became a vector; the paper averages
-- @column accuracy [0-1]: computed
-- @column printed_accuracy [0-1]: printed
-- @column accuracy_difference [0-1]: computed - printed
-- @column best: whether it is the run's best layer of the network
-- @column printed_best: whether it is the paper's
-- @column n: classifiers averaged
-- @column n_unconverged: of their folds, those whose solver stopped early
WITH own AS (
    SELECT
        *,
        CASE
            WHEN (model, layer) IN (('pifia', 'd2'), ('deeploc', 'fc_2')) THEN 'final'
            WHEN model = 'deeploc' THEN replace(layer, 'conv_', 'conv')
            ELSE layer
        END AS printed_layer
    FROM accuracy_by_layer
    WHERE source <> 'published' AND setting = 'baseline'
)
SELECT
    source, model, own.layer, printed_layer, pooling,
    own.accuracy, p.accuracy AS printed_accuracy, own.accuracy - p.accuracy AS accuracy_difference,
    own.best, p.best AS printed_best, n, n_unconverged
FROM own JOIN published_layer_accuracy AS p USING (model)
WHERE p.layer = printed_layer
