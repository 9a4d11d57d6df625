-- How the proteins, wells or cells of a localization are spread over the plates of a screen (paper D.2): a localization that
-- sits on one plate can be told by that plate. Every plate of the screen has a row, so that heat maps are complete.
-- @key screen, unit, class, plate
-- @column screen: data set
-- @column unit: proteins (with a single localization, in wells that name one), wells or crops (with a label, or of such a protein)
-- @column class: the class
-- @column plate: plate name
-- @column n: how many on this plate; a protein on two plates counts on both
-- @column share [0-1]: n divided by the sum over all plates of the screen
WITH units AS (
    SELECT screen, 'conditions' AS unit, p.class, plate, count(DISTINCT condition) AS n
    FROM wells JOIN condition_classes AS p USING (condition)
    WHERE p.class IS NOT NULL
    GROUP BY ALL
    UNION ALL
    SELECT screen, 'wells', if(l.well IS NULL, p.class, l.single) AS class, plate, count(*)
    FROM wells LEFT JOIN well_labels AS l USING (screen, plate, well) LEFT JOIN condition_classes AS p USING (condition)
    WHERE if(l.well IS NULL, p.class, l.single) IS NOT NULL
    GROUP BY ALL
    UNION ALL
    SELECT screen, 'crops', single, plate, count(*)
    FROM crop_classes
    WHERE single IS NOT NULL AND plate IS NOT NULL
    GROUP BY ALL
),
plates AS (SELECT DISTINCT screen, plate FROM units),
rows AS (SELECT DISTINCT screen, unit, class FROM units)
SELECT
    screen, unit, class, plate,
    coalesce(n, 0)::BIGINT AS n,
    (coalesce(n, 0) / sum(n) OVER (PARTITION BY screen, unit, class))::DOUBLE AS share
FROM rows JOIN plates USING (screen) LEFT JOIN units USING (screen, unit, class, plate)
