-- Each condition of a screen, or of all, that has kept crops, and whether several classes keep all of them from counting for any.
SELECT f.orf, bool_or(len(p.localizations) > 1) AND count(f.localization) = 0 AS is_left_out
FROM crop_filter AS f LEFT JOIN proteins AS p USING (orf)
WHERE f.kept AND f.orf IS NOT NULL AND f.screen = coalesce($screen, f.screen)
GROUP BY f.orf
ORDER BY f.orf
