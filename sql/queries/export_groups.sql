-- How many images of each protein a layer has in one setting, in the order of export.
SELECT orf, count(*) AS n
FROM embeddings
WHERE model = $model AND layer = $layer AND pooling = $pooling AND setting = $setting
GROUP BY orf
ORDER BY orf NULLS LAST
