-- The same table on Athena, over the bucket itself. Written after Athena's and the SerDe's documents, and
-- run nowhere yet; exports.sql is what follows it.
CREATE EXTERNAL TABLE export_lines (
  tablearn string,
  item struct<stage:struct<s:string>, functionname:struct<s:string>, errorid:struct<s:string>,
              `timestamp`:struct<s:string>, fingerprint:struct<s:string>, errortype:struct<s:string>,
              errormessage:struct<s:string>, `release`:struct<s:string>, suppressed:struct<n:string>>
)
ROW FORMAT SERDE 'org.openx.data.jsonserde.JsonSerDe'
WITH SERDEPROPERTIES ('case.insensitive' = 'true', 'ignore.malformed.json' = 'true')
LOCATION 's3://our-exports/AWSDynamoDB/';

CREATE VIEW records AS
SELECT split_part(made.tablearn, ':', 5) AS account, split_part(made.tablearn, ':', 4) AS region,
       lines.item.stage.s AS stage, lines.item.functionname.s AS function_name,
       lines.item.errorid.s AS error_id, lines.item."timestamp".s AS failed_at,
       lines.item.fingerprint.s AS fingerprint, lines.item.errortype.s AS error_type,
       lines.item.errormessage.s AS error_message, lines.item."release".s AS release,
       1 + coalesce(CAST(lines.item.suppressed.n AS bigint), 0) AS failures
FROM export_lines AS lines
JOIN export_lines AS made
  ON regexp_extract(made."$path", '([^/]+)/manifest-summary[.]json$', 1)
   = regexp_extract(lines."$path", '([^/]+)/data/[^/]+$', 1)
WHERE made.tablearn IS NOT NULL AND lines.item.functionname.s IS NOT NULL;
