-- Figure 2: each localization's accuracy with neighbours of another class against the same without them.
-- @key comparison, network, class
-- @column comparison: which setting is on the x axis
-- @column network: network and layer; of this store's, pooling and the last letters of the run
-- @column class: class
-- @column x [0-1]: accuracy in that setting
-- @column y [0-1]: accuracy in the different localization swap
-- @column drop [0-1]: x minus y
-- @column source: published, or the run
WITH figures AS (
    SELECT
        *,
        model || ' ' || layer
            || if(source = 'published', '', if(pooling = 'none', '', ' ' || pooling) || ', run ' || right(source, 6)) AS network
    FROM accuracy_by_class
)
SELECT o.setting AS comparison, d.network, d.class, o.accuracy AS x, d.accuracy AS y, o.accuracy - d.accuracy AS drop, d.source
FROM figures AS d
JOIN figures AS o USING (source, model, layer, pooling, class)
WHERE d.setting = 'diff_class_swap' AND o.setting IN ('same_class_swap', 'cell_free_swap')
ORDER BY comparison DESC, d.network, d.class
