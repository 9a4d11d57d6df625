-- Each condition of a screen, or of all, that has kept crops, and whether several classes keep all of them from counting for any.
SELECT f.condition, bool_or(len(p.classes) > 1) AND count(f.class) = 0 AS is_left_out
FROM crop_filter AS f LEFT JOIN condition_classes AS p USING (condition)
WHERE f.kept AND f.condition IS NOT NULL AND f.screen = coalesce($screen, f.screen)
GROUP BY f.condition
ORDER BY f.condition
