-- Images that the newest sweep put on the wrong side, the furthest first, for the gallery: at most 6 of each network and setting.
-- @key image_id, task_id
-- @column setting: what was done to the background, and the variant by which it was composed
-- @column model: network with its weights
-- @column layer: layer of the network
-- @column truth: the true class
-- @column called: the class that the classifier gave it
-- @column decision: value of the decision function, the margin being 1
-- @column class_1: first class of the classifier
-- @column class_2: second class
-- @column background: localization of the background that the classifier is of
-- @column image_id: the image
-- @column class: class of the centre cell's protein
-- @column condition: the centre cell's protein
-- @column crop_id: its crop
-- @column background_class: class of the background
-- @column background_condition: its protein
-- @column background_crop_id: its crop, or the window without cells
-- @column task_id: the classifier
-- @column source: the run
WITH newest AS (
    SELECT m.run_id AS source FROM misclassified AS m JOIN runs USING (run_id) ORDER BY started_at DESC, run_id LIMIT 1
),
-- An image may be wrong in several classifiers: the worst is shown.
worst AS (
    SELECT * FROM misclassified_images SEMI JOIN newest USING (source)
    WHERE centre_crop_id IS NOT NULL
    QUALIFY row_number() OVER (PARTITION BY model, setting, image_id ORDER BY abs(decision) DESC, task_id) = 1
),
shown AS (
    SELECT * FROM worst
    QUALIFY row_number() OVER (PARTITION BY model, setting ORDER BY abs(decision) DESC, image_id) <= 6
),
behind AS (
    SELECT plan_id, image_id, any_value(background_class) AS background_class, any_value(background_condition) AS background_condition
    FROM swaps WHERE image_id IN (SELECT image_id FROM shown) GROUP BY plan_id, image_id
)
SELECT
    s.setting, model, layer, s.class AS truth, called, decision, class_1, class_2, background, image_id, coalesce(p.class, s.class) AS class, s.condition,
    centre_crop_id AS crop_id, background_class, background_condition, background_crop_id, task_id, source
FROM shown AS s LEFT JOIN behind USING (plan_id, image_id) LEFT JOIN condition_classes AS p USING (condition)
LEFT JOIN settings AS o ON o.setting = split_part(s.setting, '+', 1)
ORDER BY model, o.rank, s.setting, abs(decision) DESC, image_id
LIMIT 120
