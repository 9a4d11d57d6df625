-- The vectors of the drawn images of one embedding set, with what may not be their neighbours: their group, or else the crop that
-- shows their centre cell.
SELECT d.class, coalesce(d.kept_together, d.crop_id, d.image_id) AS together, e.embedding
FROM (SELECT DISTINCT class, image_id, crop_id, kept_together FROM drawn WHERE set_number = $set_number) AS d
JOIN embeddings AS e USING (image_id)
WHERE e.model = $model AND e.layer = $layer AND e.pooling = $pooling AND e.setting = $setting
ORDER BY d.class, d.image_id
