-- Which drawn images of some classes show pixels of each other, as places in their classes.
SELECT a.class AS class_a, a.position AS position_a, b.class AS class_b, b.position AS position_b
FROM drawn_overlaps AS o
JOIN drawn AS a ON a.crop_id = o.crop_a
JOIN drawn AS b ON b.crop_id = o.crop_b AND b.set_number = a.set_number AND b.background IS NOT DISTINCT FROM a.background
WHERE a.set_number = $set_number AND a.background IS NOT DISTINCT FROM $background
    AND list_contains($classes, a.class) AND list_contains($classes, b.class)
