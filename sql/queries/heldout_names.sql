-- The proteins or plates that could be held out, with each class's kept crops of them that have a vector in some embedding set.
SELECT f.class AS class, if($by = 'plate', c.screen || '/' || c.plate, c.condition) AS name, count(*) AS n_crops
FROM crop_filter AS f JOIN crops AS c USING (crop_id)
SEMI JOIN (SELECT crop_id FROM embeddings WHERE list_contains($models, model) AND list_contains($settings, setting)) AS e ON e.crop_id = f.crop_id
WHERE f.kept AND f.class IS NOT NULL AND name IS NOT NULL AND f.screen = coalesce($screen, f.screen)
GROUP BY ALL
ORDER BY ALL
