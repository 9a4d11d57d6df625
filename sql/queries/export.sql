-- What is known about each exported image, and its vectors: `exported` is a view of the layers wanted, joined by image.
SELECT
    e.setting || ':' || e.image_id AS name,
    e.image_id, e.crop_id, c.field_id, c.screen, c.replicate, c.plate, c.well, f.site, e.condition, p.gene,
    if(k.crop_id IS NULL, p.class, k.class) AS class,
    e.setting, s.background_class, s.background_condition, c.centre_y, c.centre_x,
    e.vectors
FROM exported AS e
LEFT JOIN crops AS c ON c.crop_id = e.crop_id
LEFT JOIN crop_classes AS k ON k.crop_id = e.crop_id
LEFT JOIN fields AS f ON f.field_id = c.field_id
LEFT JOIN condition_classes AS p ON p.condition = e.condition
LEFT JOIN swaps AS s ON s.image_id = e.image_id AND s.setting = split_part(e.setting, '+', 1) AND s.background_class IS NOT NULL
ORDER BY e.condition, e.image_id
