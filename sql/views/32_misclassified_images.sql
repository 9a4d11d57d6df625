-- The images furthest on the wrong side of each classifier, with what they show: to look at (paper, Supplementary Figure 2).
-- @key source, task_id, rank
-- @column source: the run
-- @column task_id: the classifier
-- @column rank: place in the classifier, from 1
-- @column model: network with its weights
-- @column layer: layer of the network
-- @column pooling: how a map became a vector
-- @column setting: what was done to the background
-- @column class_1: first class
-- @column class_2: second class
-- @column background: localization of the background, in the triplet settings
-- @column image_id: the image
-- @column class: its true class
-- @column called: the class that the classifier gave it
-- @column decision: value of the decision function, the margin being 1
-- @column plan_id: the plan that drew it; NULL for a crop drawn without a plan
-- @column condition: the centre cell's protein
-- @column centre_crop_id: the crop that shows the centre cell; NULL where only features were published
-- @column background_crop_id: the crop around it; NULL for a real or masked crop
WITH classifiers AS (
    SELECT DISTINCT run_id, task_id, model, layer, pooling, setting, class_1, class_2, background, plan_id FROM pair_accuracy ANTI JOIN unfinished_runs USING (run_id)
),
-- a plan may draw one crop twice
planned AS (
    SELECT plan_id, image_id, any_value(centre_condition) AS condition, any_value(centre_crop_id) AS centre_crop_id,
        any_value(background_crop_id) AS background_crop_id
    FROM swaps WHERE image_id IN (SELECT image_id FROM misclassified) GROUP BY plan_id, image_id
)
SELECT
    c.run_id AS source, c.task_id, m.rank, c.model, c.layer, c.pooling, c.setting, c.class_1, c.class_2, c.background,
    m.image_id, m.class, m.called, m.decision, c.plan_id,
    coalesce(s.condition, k.condition) AS condition, coalesce(s.centre_crop_id, k.crop_id) AS centre_crop_id, s.background_crop_id
FROM classifiers AS c
JOIN misclassified AS m USING (run_id, task_id)
LEFT JOIN planned AS s ON s.plan_id = c.plan_id AND s.image_id = m.image_id
LEFT JOIN crops AS k ON k.crop_id = m.image_id
