-- The classes of each well that has labels of its own in the chosen scheme.
-- @key screen, plate, well
-- @column screen: data set
-- @column plate: plate name
-- @column well: well
-- @column classes: all its classes in the scheme's order
-- @column single: its class, where it has exactly one
-- @column class: the same, where that class is used
SELECT
    split_part(name, '/', 1) AS screen, split_part(name, '/', 2) AS plate, split_part(name, '/', 3) AS well,
    classes, single, class
FROM labelled WHERE "of" = 'well'
