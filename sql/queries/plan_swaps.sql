-- The drawn images with the crops that their proteins and ranks stand for. Reads the table drawn, made by the plan.
SELECT
    d.setting, d.class, d.background_class, d.draw,
    -- a real crop keeps its own name, under which its embedding stands
    if(d.background_kind = '', c.crop_id, d.image_id) AS image_id,
    c.crop_id AS centre_crop_id, d.centre_condition,
    b.crop_id AS background_crop_id, d.background_condition,
    nullif(d.side, 'all') AS split
FROM drawn AS d
JOIN plan_candidates AS c
    ON c.kind = 'cell' AND c.class = d.class AND c.condition = d.centre_condition AND c.side = d.side AND c.rank = d.centre_rank
LEFT JOIN plan_candidates AS b
    ON b.kind = d.background_kind AND b.class = d.background_class AND b.condition = d.background_condition AND b.side = d.side AND b.rank = d.background_rank
ORDER BY d.setting, d.class, d.background_class, d.draw
