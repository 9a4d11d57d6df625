-- Every command that wrote to this store.
-- @key run_id
-- @column run_id: the run
-- @column command: the command
-- @column status: done, failed, interrupted or running
-- @column started_at [UTC]: start
-- @column seconds [s]: how long it took
-- @column rows_in: rows or files that came in
-- @column rows_kept: of these, kept
-- @column dropped: of these, not kept
-- @column arguments: its arguments, defaults included; of files the names, as folders say where somebody's disk is
SELECT
    run_id, command, status, started_at, epoch(finished_at - started_at)::BIGINT AS seconds,
    rows_in, rows_kept, rows_in - rows_kept AS dropped,
    regexp_replace(arguments::VARCHAR, '"(/|~|[A-Za-z]:)[^"]*[/\\]', '"', 'g') AS arguments
FROM runs
ORDER BY started_at, run_id
