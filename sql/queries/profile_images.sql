-- The images of the proteins from first_condition to last_condition that the two multinomial classifiers may use: kept crops of proteins with known
-- places that have a vector in both settings. `bucket` is one of 65,536 lots that depends on nothing but names. Names are variables, so
-- that the same view gives one run of proteins after another, and memory does not grow with the screen.
CREATE OR REPLACE TEMP VIEW profile_images AS
WITH both_settings AS (
    SELECT image_id, any_value(crop_id) AS crop_id, any_value(condition) AS condition
    FROM embeddings
    WHERE model = getvariable('model') AND layer = getvariable('layer') AND pooling = getvariable('pooling')
        AND setting IN (getvariable('original'), getvariable('masked'))
        AND condition BETWEEN getvariable('first_condition') AND getvariable('last_condition')
    GROUP BY image_id
    HAVING count(DISTINCT setting) = 2
),
kept_crops AS (
    SELECT crop_id, class FROM crop_filter
    WHERE kept AND condition BETWEEN getvariable('first_condition') AND getvariable('last_condition') AND screen = coalesce(getvariable('screen'), screen)
)
FROM (
    SELECT
        e.image_id, e.condition,
        coalesce(if(e.crop_id IS NULL, p.class, k.class), if(len(p.classes) > 1, 'multiple', NULL)) AS class,
        (md5_number_lower(concat_ws('/', 'proportions', getvariable('seed'), e.image_id)) // 281474976710656)::INTEGER AS bucket
    FROM both_settings AS e
    JOIN condition_classes AS p ON p.condition = e.condition
    LEFT JOIN kept_crops AS k ON k.crop_id = e.crop_id
    -- published features come without crops
    WHERE (e.crop_id IS NULL OR k.crop_id IS NOT NULL) AND NOT list_contains(p.classes, 'ambiguous')
)
WHERE class IS NOT NULL
