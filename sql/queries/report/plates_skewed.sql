-- Localizations that are far from evenly spread: the plate that holds the largest share of each, and how that differs from all classes together.
-- @key screen, unit, class
-- @column screen: data set
-- @column unit: what is counted
-- @column class: class
-- @column plate: the plate with the largest share
-- @column n: units of the localization on that plate
-- @column n_all: units of the localization on all plates
-- @column share [0-1]: share of the localization on that plate
-- @column expected [0-1]: share of all localizations on that plate
-- @column excess [0-1]: share minus expected
WITH spread AS (
    SELECT
        *,
        sum(n) OVER (PARTITION BY screen, unit, class)::BIGINT AS n_all,
        count(*) OVER (PARTITION BY screen, unit, class) AS n_plates,
        sum(n) OVER (PARTITION BY screen, unit, plate) / sum(n) OVER (PARTITION BY screen, unit) AS expected
    FROM plate_skew
)
SELECT screen, unit, class, plate, n, n_all, share, expected, share - expected AS excess
FROM spread
WHERE n_plates > 1
QUALIFY row_number() OVER (PARTITION BY screen, unit, class ORDER BY share DESC, plate) = 1
ORDER BY unit, excess DESC, class
