-- This store's own classifiers, fold by fold, for the last layer that each run looked at; at most 40 pairs a run, those without a background first.
-- @key run_id, task_id, fold
-- @column which: network, layer, run, and what the folds keep together
-- @column pair: the two classes
-- @column setting: what was done to the background
-- @column fold: fold, from 0
-- @column accuracy [0-1]: share of test images that are classified rightly
-- @column n_test [images]: test images
-- @column run_id: the run
-- @column task_id: the classifier
WITH told AS (
    SELECT *, class_1 || ' / ' || class_2 || coalesce(' on ' || background, '') AS pair FROM pair_accuracy
)
SELECT
    model || ' ' || layer || if(pooling = 'none', '', ' ' || pooling) || ', ' || run_id
        || if(grouped_by = 'nothing', '', ', folds keep each ' || if(grouped_by = 'condition', (SELECT condition_word FROM store_facts), grouped_by) || ' together')
        || if(folds = '5', '', ', folds: ' || folds) AS which,
    pair, setting, fold, accuracy, n_test, run_id, task_id
FROM told
QUALIFY dense_rank() OVER (PARTITION BY run_id ORDER BY background IS NOT NULL, pair) <= 40
    AND (model, layer, pooling) = last_value((model, layer, pooling)) OVER (
        PARTITION BY run_id ORDER BY model, layer, pooling ROWS BETWEEN UNBOUNDED PRECEDING AND UNBOUNDED FOLLOWING)
ORDER BY which, pair, setting, fold
