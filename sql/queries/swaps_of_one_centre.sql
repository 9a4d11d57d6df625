-- One centre of a plan in each of its settings (the paper's Figure 1A): the centre of a swap on another class, drawn by a hash of
-- names, and for the other settings a background that the plan drew for its class; the centre's own where it has one.
WITH centre AS (
    SELECT * FROM swaps
    WHERE plan_id = $plan_id AND setting = 'diff_class_swap'
      AND ($class_name::VARCHAR IS NULL OR class = $class_name)
      AND ($background::VARCHAR IS NULL OR background_class = $background)
    ORDER BY md5(image_id), image_id
    LIMIT 1
),
swapped AS (
    SELECT
        s.setting, c.class AS class_name, c.centre_condition AS condition, c.centre_crop_id AS crop_id,
        s.background_class, s.background_condition, s.background_crop_id
    FROM swaps AS s, centre AS c
    WHERE s.plan_id = c.plan_id AND s.class = c.class
      AND s.background_condition <> c.centre_condition AND s.background_crop_id <> c.centre_crop_id
    QUALIFY row_number() OVER (
        PARTITION BY s.setting
        ORDER BY s.centre_crop_id = c.centre_crop_id DESC, s.background_class = c.background_class DESC,
            md5(s.image_id), s.image_id
    ) = 1
)
SELECT crop_id || ' in ' || setting AS image_id, shown.*
FROM (
    FROM swapped
    UNION ALL
    SELECT s.setting, c.class, c.centre_condition, c.centre_crop_id, NULL, NULL, NULL
    FROM centre AS c, settings AS s WHERE s.behind IS NULL
) AS shown
JOIN settings USING (setting)
ORDER BY plan_rank
