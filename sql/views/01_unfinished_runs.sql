-- Runs that never came to their end: what they wrote so far is a part of what was asked, so the views of figures leave it out.
-- @key run_id
-- @column run_id: the run
-- @column command: its command; the same one again goes on
-- @column status: running, interrupted, failed or killed
SELECT run_id, command, status FROM runs WHERE NOT coalesce(complete, status = 'done')
