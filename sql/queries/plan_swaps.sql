-- The drawn images with the crops that their proteins and ranks stand for. Reads the table drawn, made by the plan.
SELECT
    d.setting, d.localization, d.background_localization, d.draw,
    -- a real crop keeps its own name, under which its embedding stands
    if(d.background_kind = '', c.crop_id, d.image_id) AS image_id,
    c.crop_id AS centre_crop_id, d.centre_orf,
    b.crop_id AS background_crop_id, d.background_orf,
    nullif(d.side, 'all') AS split
FROM drawn AS d
JOIN plan_candidates AS c
    ON c.kind = 'cell' AND c.localization = d.localization AND c.orf = d.centre_orf AND c.side = d.side AND c.rank = d.centre_rank
LEFT JOIN plan_candidates AS b
    ON b.kind = d.background_kind AND b.localization = d.background_localization AND b.orf = d.background_orf AND b.side = d.side AND b.rank = d.background_rank
ORDER BY d.setting, d.localization, d.background_localization, d.draw
