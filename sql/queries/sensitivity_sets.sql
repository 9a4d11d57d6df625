-- The embedding sets that have images of a factorial plan.
SELECT DISTINCT model, layer, pooling, setting
FROM embeddings
WHERE split_part(setting, '+', 1) IN ('same_class_swap', 'diff_class_swap') AND image_id IN (SELECT image_id FROM swaps WHERE plan_id = $plan_id)
ORDER BY ALL
