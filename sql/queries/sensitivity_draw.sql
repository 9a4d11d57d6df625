-- The images of one factorial plan that one embedding set has vectors of, in the shape of `drawn`.
SELECT
    $set_number::INTEGER AS set_number,
    s.class AS class,
    s.background_class AS background,
    s.draw AS position,
    s.image_id,
    s.centre_crop_id AS crop_id
FROM swaps AS s
SEMI JOIN (
    SELECT image_id FROM embeddings
    WHERE model = $model AND layer = $layer AND pooling = $pooling AND setting = $setting
) AS e ON e.image_id = s.image_id
WHERE s.plan_id = $plan_id AND s.setting = split_part($setting, '+', 1)
