-- The table planned: the images of the plan of the variable plan_id, those of the table given_images beside those that the store has of it,
-- and as many real images of each class of the screen (variable screen) as the largest set of swaps has. Each set is in the order of a
-- hash of names.
CREATE OR REPLACE TEMP TABLE planned AS
WITH composed AS (
    SELECT
        split_part(setting, '+', 1) AS setting, class, background_class, image_id, crop_id AS centre_crop_id, condition AS centre_condition,
        background_crop_id, background_condition
    FROM given_images WHERE class IS NOT NULL AND background_class IS NOT NULL
    UNION
    SELECT setting, class, background_class, image_id, centre_crop_id, centre_condition, background_crop_id, background_condition
    FROM swaps
    WHERE plan_id = getvariable('plan_id')::VARCHAR AND background_class IS NOT NULL AND image_id NOT IN (SELECT image_id FROM given_images)
),
sized AS (SELECT max(n) AS images FROM (SELECT count(*) AS n FROM composed GROUP BY setting, class, background_class)),
-- plain settings alone: no variant of a real image has an image of its own
taken AS (SELECT DISTINCT setting, crop_id FROM embeddings WHERE image_id = crop_id AND setting IN (SELECT s.setting FROM settings AS s WHERE s.behind IS NULL)),
shown AS (
    SELECT t.setting, f.class, NULL AS background_class, t.crop_id AS image_id, t.crop_id AS centre_crop_id, f.condition AS centre_condition
    FROM taken AS t JOIN crop_filter AS f USING (crop_id)
    WHERE f.kept AND f.class IS NOT NULL AND f.screen = getvariable('screen')::VARCHAR
),
numbered AS (
    SELECT *, (row_number() OVER in_set - 1)::INTEGER AS draw
    FROM (FROM composed UNION ALL BY NAME FROM shown)
    WINDOW in_set AS (
        PARTITION BY setting, class, background_class
        ORDER BY md5(concat_ws('/', 'given', class, background_class, image_id)), image_id
    )
)
SELECT
    getvariable('plan_id')::VARCHAR AS plan_id, setting, class, background_class, draw, image_id, centre_crop_id, centre_condition, background_crop_id,
    background_condition, NULL::VARCHAR AS split
FROM numbered CROSS JOIN sized
WHERE background_class IS NOT NULL OR draw < images
ORDER BY setting, class, background_class, draw
