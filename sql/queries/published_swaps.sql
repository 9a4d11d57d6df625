-- The images of a published plan: what the names of the embedded vectors say of them (PLAN/SETTING/CLASS[/BACKGROUND]/DRAW).
WITH images AS (
    SELECT DISTINCT setting, image_id, string_split(image_id, '/') AS pieces
    FROM embeddings WHERE crop_id IS NULL AND starts_with(image_id, $plan_id || '/')
)
SELECT
    $plan_id AS plan_id,
    setting,
    pieces[3] AS class,
    CASE WHEN len(pieces) = 5 THEN pieces[4] END AS background_class,
    pieces[-1]::INTEGER AS draw,
    image_id,
    NULL::VARCHAR AS centre_crop_id,
    NULL::VARCHAR AS centre_condition,
    NULL::VARCHAR AS background_crop_id,
    NULL::VARCHAR AS background_condition,
    NULL::VARCHAR AS split
FROM images
ORDER BY ALL
