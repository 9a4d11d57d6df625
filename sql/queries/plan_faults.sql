-- Rules of the paper (3.2, 3.3, D.1) that the rows of the table planned break: no row where the plan is right.
SELECT rule, count(*) AS n, any_value(image_id) AS example
FROM (
    SELECT image_id, unnest(list_filter([
        if(behind IS NULL AND background_crop_id IS NOT NULL, 'a real crop has no background', NULL),
        if(behind IS NOT NULL AND background_crop_id IS NULL, 'a swap has a background', NULL),
        if(background_crop_id = centre_crop_id, 'a crop is not its own background', NULL),
        if(background_condition = centre_condition, 'centre and background are of two conditions', NULL),
        if(class_behind = 'same' AND background_class <> class, 'the same class on both sides', NULL),
        if(class_behind = 'another' AND background_class = class, 'another class behind', NULL)
    ], lambda rule : rule IS NOT NULL)) AS rule
    FROM planned JOIN settings USING (setting)
    UNION ALL
    SELECT any_value(image_id), 'one image for each name' FROM planned JOIN settings USING (setting)
    WHERE behind IS NOT NULL
    GROUP BY setting, image_id HAVING count(*) > 1
)
GROUP BY rule
ORDER BY rule
