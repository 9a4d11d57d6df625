-- The drawn vectors of one embedding set by class and background: how many, and the least and greatest of their hashes (one: all equal).
SELECT d.class, d.background, count(*) AS n, min(hash(e.embedding)) AS lowest, max(hash(e.embedding)) AS highest
FROM drawn AS d
JOIN embeddings AS e USING (image_id)
WHERE d.set_number = $set_number
    AND e.model = $model AND e.layer = $layer AND e.pooling = $pooling AND e.setting = $setting
GROUP BY d.class, d.background
ORDER BY d.class, d.background
