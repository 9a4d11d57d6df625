-- Supplementary Table 1 beside this store's runs, layer by layer of the networks that the paper has too.
-- @key source, model, layer, pooling
-- @column model: network
-- @column layer: layer as the run has it
-- @column printed_layer: the same layer in the printed table
-- @column accuracy [0-1]: computed
-- @column printed_accuracy [0-1]: printed
-- @column accuracy_difference [0-1]: computed - printed
-- @column best: whether it is the run's best layer of the network
-- @column printed_best: whether it is the paper's
-- @column n [classifiers]: classifiers averaged
-- @column n_unconverged: of their folds, those whose solver stopped early
-- @column pooling: how a map became a vector
-- @column source: the run
SELECT
    model, layer, printed_layer, accuracy, printed_accuracy, accuracy_difference, best, printed_best, n, n_unconverged, pooling, source
FROM table_s1_compared LEFT JOIN networks AS k USING (model)
ORDER BY source, k.rank, pooling,
    regexp_extract_all(printed_layer, '[0-9]+')::INTEGER[] = [], regexp_extract_all(printed_layer, '[0-9]+')::INTEGER[]
