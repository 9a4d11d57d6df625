-- The best layer of each network in the latest comparison of layers that it is part of.
SELECT model, layer, pooling, source
FROM accuracy_by_layer AS a JOIN runs ON runs.run_id = a.source
WHERE best AND setting = 'baseline'
QUALIFY row_number() OVER (PARTITION BY model ORDER BY started_at DESC, source) = 1
ORDER BY model
