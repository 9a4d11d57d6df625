-- The split as rows: which protein or plate is on which side, with its drawn images and how many of them show pixels of the other side.
WITH images AS (
    SELECT setting, image_id, any_value(columns(* EXCLUDE (setting, image_id, set_number, background, position)))
    FROM drawn
    GROUP BY setting, image_id
),
touching AS (
    SELECT crop_a AS crop_id, crop_b AS other FROM drawn_overlaps
    UNION ALL
    SELECT crop_b, crop_a FROM drawn_overlaps
),
crossing AS (
    SELECT DISTINCT a.setting, a.image_id
    FROM images AS a JOIN touching USING (crop_id) JOIN images AS b ON b.crop_id = touching.other
    WHERE a.setting = b.setting AND a.kept_together <> b.kept_together
),
members AS (
    SELECT setting, image_id, 'centre' AS role, class, name, kept_together AS side, placed FROM images
    UNION ALL
    SELECT setting, image_id, 'background', behind, behind_name, kept_together, false FROM images WHERE behind_name IS NOT NULL
)
SELECT
    m.setting,
    $by AS split_by,
    role,
    class,
    name,
    side,
    count(*)::INTEGER AS n_images,
    if(bool_and(placed), count(c.image_id), NULL)::INTEGER AS n_overlapping,
    n_overlapping / n_images AS overlap_share
FROM members AS m LEFT JOIN crossing AS c ON c.setting = m.setting AND c.image_id = m.image_id
WHERE name IS NOT NULL
GROUP BY ALL
ORDER BY ALL
