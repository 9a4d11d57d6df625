-- For one setting of a plan, how many images it has (with $images: the first of each set) and how many of these have a vector in an
-- embedding set.
SELECT count(*) AS n_planned, count(e.image_id) AS n_embedded
FROM (
    SELECT DISTINCT setting, image_id, draw, class, background_class FROM swaps
    WHERE plan_id = $plan_id AND draw < coalesce($images::INTEGER, draw + 1)
) AS s
LEFT JOIN (
    SELECT image_id FROM embeddings WHERE model = $model AND layer = $layer AND pooling = $pooling AND setting = $setting
) AS e ON e.image_id = s.image_id
WHERE s.setting = split_part($setting, '+', 1)
