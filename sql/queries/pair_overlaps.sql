-- Which drawn images of some classes have centre cells' crops that show the same pixels, as places in their classes.
WITH here AS (
    SELECT * FROM drawn
    WHERE set_number = $set_number AND background IS NOT DISTINCT FROM $background AND list_contains($classes, class)
),
-- One crop may be the centre of many swaps.
pairs AS (
    SELECT crop_a, crop_b FROM drawn_overlaps
    UNION ALL
    SELECT crop_id, crop_id FROM here GROUP BY crop_id HAVING count(*) > 1
)
SELECT a.class AS class_a, a.position AS position_a, b.class AS class_b, b.position AS position_b
FROM pairs JOIN here AS a ON a.crop_id = crop_a JOIN here AS b ON b.crop_id = crop_b
WHERE (a.class, a.position) <> (b.class, b.position)
