-- How many images of each protein a layer has in one setting, in the order of export.
SELECT condition, count(*) AS n
FROM embeddings
WHERE model = $model AND layer = $layer AND pooling = $pooling AND setting = $setting
GROUP BY condition
ORDER BY condition NULLS LAST
