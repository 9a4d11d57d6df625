-- How many of the images that could be embedded are, for each model, layer, pooling and setting: of a screen's kept crops, and of each
-- plan of which something is embedded (then its settings without any vector stand here too, with 0).
WITH planned AS (SELECT DISTINCT plan_id, setting, image_id FROM swaps),
wanted AS (
    SELECT 'kept crops of ' || c.screen AS what, s.setting, c.crop_id AS image_id
    FROM crops AS c JOIN crop_filter AS f USING (crop_id) CROSS JOIN settings AS s
    WHERE f.kept AND s.behind IS NULL
    UNION ALL
    SELECT 'images of ' || plan_id, setting, image_id FROM planned
),
sizes AS (SELECT what, setting, count(*) AS n FROM wanted GROUP BY ALL),
there AS (
    -- a variant, diff_class_swap+dilate3, shows the images of the setting that it varies
    SELECT e.model, e.layer, e.pooling, e.setting, w.what, count(*) AS n_there
    FROM embeddings AS e JOIN wanted AS w ON w.image_id = e.image_id AND w.setting = split_part(e.setting, '+', 1)
    GROUP BY ALL
),
cases AS (
    SELECT model, layer, pooling, setting, what FROM there
    UNION
    SELECT t.model, t.layer, t.pooling, s.setting, t.what
    FROM there AS t JOIN sizes AS s USING (what) WHERE starts_with(t.what, 'images of ')
)
SELECT cases.model, cases.layer, cases.pooling, cases.setting, cases.what, sizes.n, coalesce(n_there, 0) AS n_there
FROM cases LEFT JOIN there USING (model, layer, pooling, setting, what)
JOIN sizes ON sizes.what = cases.what AND sizes.setting = split_part(cases.setting, '+', 1)
ORDER BY ALL
