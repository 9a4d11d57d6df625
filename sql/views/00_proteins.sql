-- One row a condition, with its classes in the chosen scheme.
-- @key orf
-- @column orf: its name, by which tables are joined
-- @column gene: gene name, which may be outdated; join on orf, not on this
-- @column localizations: all its classes in the scheme's order; may be empty
-- @column localization: its class, where it has exactly one and that one is used (paper 3.1)
-- @column abundance [molecules]: molecules a cell
-- @column abundance_note: why there is no abundance
-- @column purity [0-1]: share of cells that show the single class, where known
WITH classified AS (
    SELECT l.name, list(l.class ORDER BY c.rank) AS classes, bool_and(c.used) AS used
    FROM labels AS l JOIN classes AS c USING (scheme, class) JOIN chosen_scheme AS s USING (scheme)
    WHERE s.least_grade IS NULL OR l.grade >= s.least_grade
    GROUP BY l.name
)
SELECT
    n.condition AS orf, n.gene, coalesce(l.classes, []) AS localizations,
    CASE WHEN len(l.classes) = 1 AND l.used THEN l.classes[1] END AS localization,
    n.abundance, n.abundance_note, n.purity
FROM conditions AS n LEFT JOIN classified AS l ON l.name = n.condition
