-- For each of the two settings, how many of its images have no vector in the other one.
SELECT any_value(setting) AS setting, count(*) AS n_alone
FROM (
    SELECT image_id, any_value(setting) AS setting
    FROM embeddings
    WHERE model = $model AND layer = $layer AND pooling = $pooling AND setting IN ($original, $masked)
    GROUP BY image_id
    HAVING count(DISTINCT setting) = 1
)
GROUP BY setting
ORDER BY setting
