-- How many test images of each protein were classified rightly by each classifier of one network in one run; classifiers are numbered
-- from 0 in `task`. A classifier whose images are of no known protein has one row without a protein.
WITH classifiers AS (
    SELECT run_id, task_id, setting, class_1, class_2, sum(n_test_1) / sum(n_test) AS share_1
    FROM pair_accuracy
    WHERE run_id = $source AND model = $model AND layer = $layer AND pooling = $pooling AND class_by <> 'condition'
    GROUP BY run_id, task_id, setting, class_1, class_2
)
SELECT
    dense_rank() OVER (ORDER BY c.task_id) - 1 AS task,
    c.setting, c.class_1, c.class_2,
    c.share_1,
    p.class, p.condition, p.n_tested, p.n_right
FROM classifiers AS c LEFT JOIN pair_condition_accuracy AS p USING (run_id, task_id)
ORDER BY task, p.class, p.condition
