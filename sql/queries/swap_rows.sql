-- The swaps of one chunk (setting $1, centre class $2, number $3), and where both crops are kept in memory.
SELECT s.image_id, s.crop_id, s.condition, s.background_crop_id, s.background_condition, c.kept_at AS centre_at, b.kept_at AS background_at
FROM swaps_to_embed AS s
JOIN crops_to_gather AS c ON c.crop_id = s.crop_id
JOIN crops_to_gather AS b ON b.crop_id = s.background_crop_id
WHERE s.setting = $1 AND s.class = $2 AND s.chunk = $3
ORDER BY s.condition, s.image_id
