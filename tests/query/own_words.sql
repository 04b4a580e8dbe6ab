-- A question in Trino's words, and in the next line the same in DuckDB's.

SELECT eventID FROM events WHERE eventTime > '2026-03-01 12:00:00'
SELECT eventID FROM events WHERE eventTime > TIMESTAMP '2026-03-01 12:00:00'

SELECT eventID FROM events WHERE eventTime > '2026-03-01T12:00:00Z'
SELECT eventID FROM events WHERE eventTime > TIMESTAMP '2026-03-01 12:00:00'

SELECT eventID FROM events WHERE eventTime > from_iso8601_timestamp('2026-03-01T13:00:00+01:00')
SELECT eventID FROM events WHERE eventTime > TIMESTAMP '2026-03-01 12:00:00'

SELECT eventID FROM events WHERE from_iso8601_timestamp(eventTime) > date_add('day', -1, timestamp '2026-03-03 00:00:00')
SELECT eventID FROM events WHERE eventTime > TIMESTAMP '2026-03-02 00:00:00'

SELECT eventID FROM events WHERE cast(eventTime AS date) = date '2026-03-02'
SELECT eventID FROM events WHERE CAST(eventTime AS date) = DATE '2026-03-02'

SELECT eventID FROM events WHERE readOnly = 'false'
SELECT eventID FROM events WHERE readOnly = false

SELECT json_extract_scalar(requestParameters, '$.instancesSet.items[1].instanceId') FROM events
SELECT json_extract_string(requestParameters['instancesSet'], '$.items[1].instanceId') FROM events

SELECT json_extract_scalar(requestParameters, '$["a.b"]["c d"][1]') FROM events
SELECT json_extract(requestParameters['a.b'], '$."c d"[1]')::VARCHAR FROM events

SELECT json_extract_scalar(requestParameters, '$.instancesSet') FROM events
SELECT NULL FROM events

SELECT eventID FROM events WHERE any_match(resources, r -> r.arn = 'arn:aws:s3:::bucket-2')
SELECT eventID FROM events WHERE list_contains(list_transform(resources, lambda r: r.ARN), 'arn:aws:s3:::bucket-2')

SELECT eventID FROM events WHERE any_match(resources, r -> r.arn LIKE '%bucket-1')
SELECT eventID FROM events WHERE len(list_filter(resources, lambda r: r.ARN LIKE '%bucket-1')) > 0

SELECT eventID FROM events WHERE any_match(resources, r -> r.arn IS NULL)
SELECT eventID FROM events WHERE len(list_filter(resources, lambda r: r.ARN IS NULL)) > 0

SELECT eventID FROM events WHERE any_match(resources, r -> r.accountId = '111122223333' AND r.arn LIKE '%2')
SELECT eventID FROM events WHERE len(list_filter(resources, lambda r: r.accountId = '111122223333' AND r.ARN LIKE '%2')) > 0

SELECT eventID FROM events WHERE NOT any_match(resources, r -> r.arn = 'arn:aws:s3:::bucket-1')
SELECT eventID FROM events WHERE resources IS NOT NULL AND NOT list_contains(list_transform(resources, lambda r: coalesce(r.ARN, '?')), 'arn:aws:s3:::bucket-1') AND len(list_filter(resources, lambda r: r.ARN IS NULL)) = 0

SELECT eventName, array_join(array_agg(DISTINCT awsRegion), ', ') FROM events GROUP BY eventName
SELECT eventName, array_to_string(list_sort(list_distinct(list(awsRegion))), ', ') FROM events GROUP BY eventName

SELECT split_part(eventSource, '.', 1), split_part(eventSource, '.', 9) FROM events
SELECT split_part(eventSource, '.', 1), NULL FROM events

SELECT regexp_extract(userAgent, '([a-z]+)/([0-9.]+)', 2) FROM events
SELECT nullif(regexp_extract(userAgent, '([a-z]+)/([0-9.]+)', 2), '') FROM events

SELECT date_diff('hour', timestamp '2026-03-01 00:00:00', eventTime) FROM events
SELECT date_sub('hour', TIMESTAMP '2026-03-01 00:00:00', eventTime) FROM events

SELECT 7 / 2, -7 / 2, 7.0 / 2
SELECT 3, -3, 3.5

SELECT cast(eventTime AS varchar), to_iso8601(eventTime) FROM events
SELECT strftime(eventTime, '%Y-%m-%d %H:%M:%S.%g'), strftime(eventTime, '%Y-%m-%dT%H:%M:%S.%gZ') FROM events

SELECT eventName, max_by(errorCode, eventID) FROM events GROUP BY eventName
SELECT eventName, arg_max_null(errorCode, eventID) FROM events GROUP BY eventName

SELECT eventName, min_by(errorCode, eventID) FROM events GROUP BY eventName
SELECT eventName, arg_min_null(errorCode, eventID) FROM events GROUP BY eventName
