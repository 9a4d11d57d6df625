-- The vectors of drawn images of some classes, class by class in drawing order.
SELECT d.class, d.position, d.kept_together, d.image_id, e.condition, e.embedding
FROM drawn AS d
JOIN embeddings AS e USING (image_id)
WHERE d.set_number = $set_number AND d.background IS NOT DISTINCT FROM $background AND list_contains($classes, d.class)
    AND e.model = $model AND e.layer = $layer AND e.pooling = $pooling AND e.setting = $setting
ORDER BY d.class, d.position
