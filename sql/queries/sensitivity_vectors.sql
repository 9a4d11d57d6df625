-- The vectors of a factorial plan's images in one layer and variant of composition, centre by centre.
SELECT s.centre_crop_id, s.centre_condition, s.background_crop_id, s.background_condition, e.embedding
FROM swaps AS s JOIN embeddings AS e USING (image_id)
WHERE s.plan_id = $plan_id AND e.model = $model AND e.layer = $layer AND e.pooling = $pooling AND list_contains($settings, e.setting)
    AND s.setting = split_part(e.setting, '+', 1)
ORDER BY s.centre_crop_id, s.background_crop_id
