-- The images of the table given_sides with the crops that their centres and backgrounds are named after: by whole id, or by the cell's own
-- name in the screen, among the store's crops and those of the table given_cells. n_centre and n_background count the cells so named.
-- An image without a name of its own is called after both sides, and where that has been from the second on, with a number.
WITH cells AS (
    SELECT crop_id, cell, condition FROM crops WHERE screen = $screen
    UNION
    SELECT crop_id, cell, condition FROM given_cells WHERE screen = $screen
),
named AS (
    SELECT name, count(DISTINCT crop_id) AS n, min(crop_id) AS crop_id, any_value(condition) AS condition
    FROM (SELECT cell AS name, crop_id, condition FROM cells UNION SELECT crop_id, crop_id, condition FROM cells)
    GROUP BY name
),
sides AS (
    SELECT
        s._place, s.setting, s.image_id, s.centre, s.background, c.n AS n_centre, b.n AS n_background, c.crop_id, c.condition,
        b.crop_id AS background_crop_id, coalesce(b.condition, s.background_condition) AS background_condition, s.background_class
    FROM given_sides AS s LEFT JOIN named AS c ON c.name = s.centre LEFT JOIN named AS b ON b.name = s.background
),
numbered AS (
    SELECT
        *,
        concat_ws('/', $plan_id, split_part(setting, '+', 1), md5(concat_ws('/', crop_id, coalesce(background_crop_id, background_class)))) AS called,
        row_number() OVER (PARTITION BY setting, called ORDER BY _place) AS time
    FROM sides
)
SELECT * EXCLUDE (image_id, called, time), coalesce(image_id, called || if(time > 1, '/' || time, '')) AS image_id
FROM numbered ORDER BY _place
