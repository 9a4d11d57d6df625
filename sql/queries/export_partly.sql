-- How many images have some of the layers wanted (as layer/pooling), but not all: they are not exported.
WITH images AS (
    SELECT setting, image_id, count(*) AS n
    FROM embeddings
    WHERE model = $model AND list_contains($settings, setting) AND list_contains($layers, layer || '/' || pooling)
    GROUP BY ALL
)
SELECT count(*) FROM images WHERE n < len($layers)
