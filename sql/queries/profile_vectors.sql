-- The vectors of one side in one setting, of the present run of proteins, in order of name.
SELECT d.condition, d.label, d.first_of_condition, e.embedding
FROM drawn AS d
JOIN embeddings AS e ON e.image_id = d.image_id
WHERE d.class = getvariable('side')
    AND e.model = getvariable('model') AND e.layer = getvariable('layer') AND e.pooling = getvariable('pooling')
    AND e.setting = getvariable('setting')
    AND e.condition BETWEEN getvariable('first_condition') AND getvariable('last_condition')
ORDER BY d.condition, d.image_id
