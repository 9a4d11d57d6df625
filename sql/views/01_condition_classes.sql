-- One row a condition, with its classes in the chosen scheme.
-- @key condition
-- @column condition: its name, by which tables are joined
-- @column gene: gene name, which may be outdated; join on orf, not on this
-- @column classes: all its classes in the scheme's order; may be empty
-- @column class: its class, where it has exactly one and that one is used (paper 3.1)
-- @column abundance [molecules]: molecules a cell
-- @column abundance_note: why there is no abundance
-- @column purity [0-1]: share of cells that show the single class, where known
SELECT
    n.condition AS condition, n.gene, coalesce(l.classes, []) AS classes, l.class, n.abundance, n.abundance_note, n.purity
FROM conditions AS n LEFT JOIN labelled AS l ON l."of" = 'condition' AND l.name = n.condition
