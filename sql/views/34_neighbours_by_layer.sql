-- One line a layer: how well the nearest neighbours call its images, over classes (evaluate neighbours). The papers' figures are
-- balanced accuracy for the method pci (Lu et al. 2019) and macro F1 for dino (Isselmann et al. 2025); both are given for both.
-- @key source, model, layer, pooling, setting, method, k, left_out
-- @column source: the run
-- @column model: network with its weights
-- @column layer: layer of the network
-- @column pooling: how a map became a vector
-- @column setting: what was done to the background
-- @column method: pci or dino
-- @column k: neighbours asked
-- @column left_out: images that share this with the one asked about are no neighbours
-- @column class_by: the scheme of the classes, or protein where each is one
-- @column plan_id: the plan that drew the images; NULL where they were drawn from all crops
-- @column balanced_accuracy [0-1]: mean over classes of the share of their images that were called rightly
-- @column macro_f1 [0-1]: mean over classes of 2 right / (images + called)
-- @column accuracy [0-1]: share of all images that were called rightly
-- @column n_classes: classes averaged
-- @column n_images: images
-- @column n_smallest: images of the smallest class
-- @column n_not_called: images that no class was given to (dino: none has over half of the weight)
SELECT
    run_id AS source, model, layer, pooling, setting, method, k, left_out,
    any_value(class_by) AS class_by, any_value(plan_id) AS plan_id,
    avg(n_right / n_images) AS balanced_accuracy,
    avg(2 * n_right / (n_images + n_called)) AS macro_f1,
    sum(n_right) / sum(n_images) AS accuracy,
    count(*) AS n_classes,
    sum(n_images)::BIGINT AS n_images,
    min(n_images) AS n_smallest,
    (sum(n_images) - sum(n_called))::BIGINT AS n_not_called
FROM neighbour_accuracy ANTI JOIN unfinished_runs USING (run_id)
GROUP BY run_id, model, layer, pooling, setting, method, k, left_out
