-- For one setting of a plan, how many images it has and how many of these an embedding set has drawn.
SELECT
    (SELECT count(*) FROM swaps WHERE plan_id = $plan_id AND setting = split_part($setting, '+', 1) AND draw < $images) AS n_planned,
    (SELECT count(*) FROM drawn WHERE set_number = $set_number) AS n_drawn
