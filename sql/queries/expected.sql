-- How many images each class could have in each embedding set, on each background that a classifier is made for: those of the plan, or
-- without one the kept crops of the screens that are drawn from. So a class of which nothing is drawn is counted too, as none.
CREATE OR REPLACE TEMP TABLE expected AS
WITH sets AS (SELECT unnest($numbers) AS set_number, split_part(unnest($settings), '+', 1) AS setting),
planned AS (
    SELECT
        setting, class,
        CASE WHEN class_behind = 'another' THEN background_class END AS background,
        count(*) AS n
    FROM swaps LEFT JOIN settings USING (setting) WHERE plan_id = $plan_id::VARCHAR
    GROUP BY ALL
),
kept AS (
    SELECT class, count(*) AS n
    FROM (
        SELECT CASE $class_by WHEN 'condition' THEN f.condition ELSE f.class END AS class
        FROM crop_filter AS f
        WHERE $plan_id::VARCHAR IS NULL AND kept
            AND f.screen IN (SELECT c.screen FROM crops AS c SEMI JOIN drawn AS d ON d.crop_id = c.crop_id)
    )
    WHERE class IS NOT NULL
    GROUP BY class
)
SELECT set_number, class, background, n FROM sets JOIN planned USING (setting)
UNION ALL
SELECT set_number, class, NULL, n FROM sets CROSS JOIN kept
