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

SELECT eventID FROM cloudtrail_logs WHERE timestamp >= '2026/03/02' AND region = 'us-east-1'
SELECT eventID FROM events WHERE eventTime >= DATE '2026-03-02' AND awsRegion = 'us-east-1'

SELECT eventID FROM cloudtrail_logs WHERE timestamp = '2026/03/02'
SELECT eventID FROM events WHERE CAST(eventTime AS date) = DATE '2026-03-02'

SELECT eventID FROM cloudtrail_logs WHERE timestamp > '2026/03/01' AND '2026/03/02' >= timestamp
SELECT eventID FROM events WHERE CAST(eventTime AS date) = DATE '2026-03-02'

SELECT eventID FROM cloudtrail_logs WHERE timestamp BETWEEN '2026/03/01' AND '2026/03/02' AND timestamp < '2026/03/03'
SELECT eventID FROM events WHERE eventTime >= DATE '2026-03-01' AND eventTime < DATE '2026-03-03'

SELECT eventID FROM cloudtrail_logs WHERE year = '2026' AND month = '03' AND day IN ('01', '03')
SELECT eventID FROM events WHERE CAST(eventTime AS date) IN (DATE '2026-03-01', DATE '2026-03-03')

SELECT eventID FROM cloudtrail_logs WHERE "timestamp" <> '2026/03/01'
SELECT eventID FROM events WHERE CAST(eventTime AS date) <> DATE '2026-03-01'

SELECT eventID FROM cloudtrail_logs WHERE eventtime LIKE '2026-03-02T0%'
SELECT eventID FROM events WHERE eventTime >= DATE '2026-03-02' AND eventTime < TIMESTAMP '2026-03-02 10:00:00'

SELECT substr(eventtime, 1, 10), count(*) FROM cloudtrail_logs GROUP BY substr(eventtime, 1, 10)
SELECT strftime(eventTime, '%Y-%m-%d'), count(*) FROM events GROUP BY 1

SELECT date_format(from_iso8601_timestamp(eventtime), '%Y-%m-%d %H'), count(*) FROM cloudtrail_logs GROUP BY 1
SELECT strftime(eventTime, '%Y-%m-%d %H'), count(*) FROM events GROUP BY 1

SELECT hour(eventTime AT TIME ZONE 'Europe/Berlin'), count(*) FROM events GROUP BY 1
SELECT hour(timezone('Europe/Berlin', eventTime::TIMESTAMPTZ)), count(*) FROM events GROUP BY 1

SELECT CAST(eventTime AT TIME ZONE 'America/New_York' AS date), count(*) FROM events GROUP BY 1
SELECT CAST(timezone('America/New_York', eventTime::TIMESTAMPTZ) AS DATE), count(*) FROM events GROUP BY 1

SELECT date_trunc('day', eventTime AT TIME ZONE 'Asia/Kolkata') = timestamp '2026-03-01 18:30:00' AS same, count(*) FROM events GROUP BY 1
SELECT date_trunc('day', timezone('Asia/Kolkata', eventTime::TIMESTAMPTZ)) = TIMESTAMP '2026-03-02 00:00:00', count(*) FROM events GROUP BY 1

SELECT try(cast(element_at(requestParameters, 'maxItems') AS bigint)), try(1 / (length(eventName) - 9)) FROM events
SELECT TRY_CAST(requestParameters['maxItems'] AS bigint), CASE WHEN length(eventName) = 9 THEN NULL ELSE 1 // (length(eventName) - 9) END FROM events

SELECT eventID, json_extract_scalar(i, '$.instanceId') FROM events CROSS JOIN UNNEST(CAST(json_extract(requestParameters, '$.instancesSet.items') AS array(json))) AS t(i)
SELECT eventID, x.i.instanceId FROM (SELECT eventID, UNNEST(from_json(json_extract(requestParameters['instancesSet'], '$.items'), '[{"instanceId":"VARCHAR"}]')) AS i FROM events) x

SELECT eventID, arn, accountId FROM events CROSS JOIN UNNEST(resources) AS t(type, arn, accountid)
SELECT eventID, x.r.ARN, x.r.accountId FROM (SELECT eventID, UNNEST(resources) AS r FROM events) x

SELECT eventID, resource.arn FROM events CROSS JOIN UNNEST(resources) AS resource
SELECT eventID, x.r.ARN FROM (SELECT eventID, UNNEST(resources) AS r FROM events) x

SELECT eventID, r.arn, n FROM events CROSS JOIN UNNEST(resources) WITH ORDINALITY AS t(r, n)
SELECT eventID, x.r.ARN, x.n FROM (SELECT eventID, UNNEST(resources) AS r, generate_subscripts(resources, 1) AS n FROM events) x

SELECT eventID, k, v FROM events CROSS JOIN UNNEST(requestParameters) AS t(k, v)
SELECT eventID, x.e.key, x.e.value FROM (SELECT eventID, UNNEST(map_entries(requestParameters)) AS e FROM events) x

SELECT eventID FROM events WHERE all_match(resources, r -> r.arn LIKE 'arn:%')
SELECT eventID FROM events WHERE resources IS NOT NULL AND len(list_filter(resources, lambda r: r.ARN LIKE 'arn:%')) = len(resources)

SELECT eventID FROM events WHERE none_match(split(userAgent, '/'), p -> p = 'aws-cli')
SELECT eventID FROM events WHERE NOT list_contains(string_split(userAgent, '/'), 'aws-cli')

SELECT regexp_replace(userAgent, '([a-z]+)/([0-9])', '$2:$1') FROM events
SELECT regexp_replace(userAgent, '([a-z]+)/([0-9])', '\2:\1', 'g') FROM events

SELECT u.mfa, count(*) FROM (SELECT userIdentity.sessionContext.attributes.mfaAuthenticated AS mfa FROM events) u GROUP BY u.mfa
SELECT userIdentity.sessionContext.attributes.mfaAuthenticated, count(*) FROM events GROUP BY 1

SELECT eventID FROM (SELECT eventID, userIdentity AS u FROM events) WHERE u.sessionContext.attributes.mfaAuthenticated = true AND u.sessionContext.attributes.creationDate < timestamp '2026-03-01 08:00:00'
SELECT eventID FROM events WHERE userIdentity.sessionContext.attributes.mfaAuthenticated AND userIdentity.sessionContext.attributes.creationDate < TIMESTAMP '2026-03-01 08:00:00'

SELECT u.sessionContext.attributes.mfaAuthenticated, count(*) FROM (SELECT userIdentity AS u FROM events) GROUP BY 1
SELECT userIdentity.sessionContext.attributes.mfaAuthenticated, count(*) FROM events GROUP BY 1

SELECT histogram(eventName)['CreateUser'] FROM events
SELECT count(*) FROM events WHERE eventName = 'CreateUser'

SELECT coalesce(requestParameters, '{}') = '{}', count(*) FROM events GROUP BY 1
SELECT coalesce(cardinality(requestParameters), 0) = 0, count(*) FROM events GROUP BY 1
