-- The classes of each condition, well and crop that has labels in the chosen scheme.
-- @key of, name
-- @column of: condition, well or crop
-- @column name: the condition, the well as screen/plate/well, or the crop_id
-- @column classes: all its classes in the scheme's order
-- @column single: its class, where it has exactly one
-- @column class: the same, where that class is used (paper 3.1)
SELECT
    l."of", l.name, list(l.class ORDER BY c.rank) AS classes,
    CASE WHEN count(*) = 1 THEN any_value(l.class) END AS single,
    CASE WHEN count(*) = 1 AND bool_and(c.used) THEN any_value(l.class) END AS class
FROM labels AS l JOIN classes AS c USING (scheme, class) JOIN chosen_scheme AS s USING (scheme)
WHERE s.least_grade IS NULL OR l.grade >= s.least_grade
GROUP BY l."of", l.name
