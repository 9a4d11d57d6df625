SELECT run_id, count(*) FILTER (class_by <> 'protein') AS n FROM pair_accuracy GROUP BY run_id ORDER BY run_id
