-- Supplementary Table 1 as printed: accuracy of each layer on three pure proteins a class.
-- @key model, layer
-- @column model: network
-- @column layer: layer
-- @column place: place of the layer among its network's, from 1
-- @column accuracy [0-1]: mean accuracy over all pairs
-- @column best: printed in bold
SELECT
    model, layer,
    row_number() OVER (PARTITION BY model ORDER BY try_cast(regexp_extract(layer, '[0-9]+') AS INTEGER) NULLS LAST, layer) AS place,
    accuracy, best
FROM published_layer_accuracy
ORDER BY array_position(['pifia', 'pci', 'deeploc'], model), place
