-- Exports of the error log, of any number of stages, accounts and regions, as one table: `records`.
-- In the folder that `aws s3 sync` copied them to:  duckdb -init exports.duckdb.sql
CREATE OR REPLACE VIEW exports AS
SELECT regexp_extract(filename, '([^/]+)/manifest-summary\.json$', 1) AS export,
       split_part(tableArn, ':', 5) AS account,
       split_part(tableArn, ':', 4) AS region
FROM read_json('**/manifest-summary.json', columns = {tableArn: 'VARCHAR'}, filename = true);

CREATE OR REPLACE VIEW records AS
SELECT exports.account, exports.region,
       Item.stage.S AS stage, Item.functionName.S AS function_name,
       Item.errorId.S AS error_id, Item."timestamp".S AS failed_at,
       Item.fingerprint.S AS fingerprint, Item.errorType.S AS error_type,
       Item.errorMessage.S AS error_message, Item.release.S AS release,
       1 + coalesce(CAST(Item.suppressed.N AS BIGINT), 0) AS failures
FROM read_json('**/data/*.json.gz', format = 'newline_delimited', filename = true, columns = {
       Item: 'STRUCT(stage STRUCT(S VARCHAR), functionName STRUCT(S VARCHAR),
                     errorId STRUCT(S VARCHAR), "timestamp" STRUCT(S VARCHAR),
                     fingerprint STRUCT(S VARCHAR), errorType STRUCT(S VARCHAR),
                     errorMessage STRUCT(S VARCHAR), release STRUCT(S VARCHAR),
                     suppressed STRUCT(N VARCHAR))'}) AS files
JOIN exports ON exports.export = regexp_extract(files.filename, '([^/]+)/data/[^/]+$', 1)
WHERE Item.functionName.S IS NOT NULL;
