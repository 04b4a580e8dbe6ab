-- Questions that sqlglot translates for DuckDB: windows, joins, unions, arrays, functions.

-- windows
SELECT eventID, row_number() OVER (ORDER BY eventTime, eventID) FROM events
SELECT eventID, row_number() OVER (PARTITION BY eventName ORDER BY eventTime DESC, eventID) AS n FROM events
SELECT eventID, rank() OVER (PARTITION BY eventName ORDER BY awsRegion) FROM events
SELECT eventID, dense_rank() OVER (ORDER BY eventName DESC) FROM events
SELECT eventID, rank() OVER (ORDER BY errorCode NULLS FIRST) FROM events
SELECT eventID, lag(eventName) OVER (PARTITION BY sourceIPAddress ORDER BY eventTime, eventID) FROM events
SELECT eventID, lag(eventTime, 2) OVER (PARTITION BY userIdentity.accessKeyId ORDER BY eventTime, eventID) FROM events
SELECT eventID, lead(eventName, 1, 'the last') OVER (PARTITION BY awsRegion ORDER BY eventTime, eventID) FROM events
SELECT eventID, first_value(eventName) OVER (PARTITION BY awsRegion ORDER BY eventTime, eventID) FROM events
SELECT eventID, last_value(eventName) OVER (PARTITION BY awsRegion ORDER BY eventTime, eventID ROWS BETWEEN UNBOUNDED PRECEDING AND UNBOUNDED FOLLOWING) FROM events
SELECT eventID, nth_value(eventName, 2) OVER (PARTITION BY awsRegion ORDER BY eventTime, eventID) FROM events
SELECT eventID, ntile(4) OVER (ORDER BY eventTime, eventID) FROM events
SELECT eventID, percent_rank() OVER (ORDER BY eventName), cume_dist() OVER (ORDER BY eventName) FROM events
SELECT eventID, count(*) OVER (PARTITION BY eventName) FROM events
SELECT eventID, count(errorCode) OVER (PARTITION BY sourceIPAddress ORDER BY eventTime, eventID) FROM events
SELECT eventID, sum(length(eventName)) OVER (ORDER BY eventTime, eventID ROWS BETWEEN 3 PRECEDING AND CURRENT ROW) FROM events
SELECT eventID, min(eventTime) OVER (PARTITION BY userIdentity.arn), max(eventTime) OVER (PARTITION BY userIdentity.arn) FROM events
SELECT eventID, avg(length(eventName)) OVER (PARTITION BY awsRegion ORDER BY eventTime, eventID ROWS 2 PRECEDING) FROM events
SELECT eventID, count(*) FILTER (WHERE errorCode IS NOT NULL) OVER (PARTITION BY awsRegion) FROM events
SELECT eventName, count(*) AS n, rank() OVER (ORDER BY count(*) DESC) AS place FROM events GROUP BY eventName
SELECT eventName, count(*), sum(count(*)) OVER () AS total FROM events GROUP BY eventName
SELECT eventName, awsRegion, count(*), max(count(*)) OVER (PARTITION BY eventName) FROM events GROUP BY eventName, awsRegion
SELECT eventName, eventID FROM (SELECT eventName, eventID, row_number() OVER (PARTITION BY eventName ORDER BY eventTime, eventID) AS n FROM events) t WHERE n <= 3
WITH gaps AS (SELECT eventID, eventTime, lag(eventTime) OVER (ORDER BY eventTime, eventID) AS before FROM events WHERE eventTime IS NOT NULL) SELECT eventID FROM gaps WHERE eventTime > before + interval '1' hour
SELECT eventID, sum(length(eventName)) OVER w FROM events WINDOW w AS (PARTITION BY eventSource ORDER BY eventTime, eventID)
SELECT eventID, count(*) OVER (ORDER BY eventTime RANGE BETWEEN interval '10' minute PRECEDING AND CURRENT ROW) FROM events WHERE eventTime IS NOT NULL
SELECT eventID, count(*) OVER (PARTITION BY sourceIPAddress ORDER BY eventTime RANGE BETWEEN interval '1' hour PRECEDING AND interval '1' hour FOLLOWING) FROM events WHERE eventTime IS NOT NULL
SELECT DISTINCT eventName, count(*) OVER (PARTITION BY eventName) FROM events
SELECT eventID FROM events ORDER BY row_number() OVER (ORDER BY eventTime, eventID) LIMIT 5

-- CTEs, joins, unions, sub-queries
WITH a(k, n) AS (SELECT eventName, count(*) FROM events GROUP BY eventName) SELECT k, n FROM a WHERE n > 50
WITH a AS (SELECT eventName FROM events WHERE readOnly), b AS (SELECT DISTINCT eventName FROM a) SELECT count(*) FROM b
WITH e AS (SELECT * FROM events WHERE errorCode = 'AccessDenied') SELECT e.eventName, e.userIdentity.type FROM e
SELECT a.eventID, b.eventID FROM events a JOIN events b ON a.userIdentity.accessKeyId = b.userIdentity.accessKeyId AND a.eventTime < b.eventTime WHERE a.eventName = 'AssumeRole' AND b.eventName = 'CreateUser'
SELECT count(*) FROM events a CROSS JOIN (SELECT DISTINCT awsRegion FROM events) r
SELECT count(*) FROM events a, (SELECT DISTINCT eventName n FROM events) b WHERE a.eventName = b.n
SELECT b.r, count(a.eventID) FROM events a RIGHT JOIN (SELECT DISTINCT awsRegion r FROM events) b ON a.awsRegion = b.r GROUP BY b.r
SELECT a.n, b.n FROM (SELECT DISTINCT eventName n FROM events WHERE readOnly) a FULL JOIN (SELECT DISTINCT eventName n FROM events WHERE errorCode = 'AccessDenied' AND awsRegion = 'eu-west-1' AND managementEvent) b ON a.n = b.n
SELECT eventName, k.c, r.awsRegion FROM (SELECT eventName, count(*) c FROM events GROUP BY eventName) k JOIN (SELECT DISTINCT eventName, awsRegion FROM events) r USING (eventName)
SELECT x.k, count(e.eventID) FROM (VALUES ('us-east-1'), ('eu-west-1'), ('nowhere')) AS x(k) LEFT JOIN events e ON e.awsRegion = x.k GROUP BY x.k
SELECT e.eventID, x.risk FROM events e JOIN (VALUES ('CreateUser', 3), ('AssumeRole', 1)) AS x(name, risk) ON e.eventName = x.name
SELECT eventID FROM events WHERE eventName IN (SELECT name FROM (VALUES 'CreateUser', 'GetObject') AS t(name))
SELECT a.eventID FROM events a LEFT JOIN events b ON a.eventID = b.eventID AND b.errorCode IS NOT NULL WHERE b.eventID IS NULL
SELECT eventName FROM events UNION SELECT awsRegion FROM events UNION SELECT NULL
SELECT eventName, 1 AS n FROM events WHERE readOnly UNION ALL SELECT eventSource, 2.5 FROM events
SELECT eventName FROM events EXCEPT (SELECT eventName FROM events WHERE readOnly INTERSECT SELECT eventName FROM events WHERE errorCode = 'AccessDenied')
SELECT eventName FROM events WHERE readOnly UNION SELECT eventName FROM events WHERE NOT readOnly INTERSECT SELECT eventName FROM events WHERE errorCode = 'AccessDenied'
(SELECT eventName FROM events ORDER BY eventTime, eventID LIMIT 3) UNION ALL (SELECT eventName FROM events ORDER BY eventTime DESC, eventID LIMIT 3)
SELECT e.eventID FROM events e WHERE e.eventTime = (SELECT min(i.eventTime) FROM events i WHERE i.sourceIPAddress = e.sourceIPAddress)
SELECT e.eventID, (SELECT count(*) FROM events i WHERE i.userIdentity.arn = e.userIdentity.arn) FROM events e
SELECT e.eventID FROM events e WHERE NOT EXISTS (SELECT 1 FROM events i WHERE i.eventName = e.eventName AND i.awsRegion = e.awsRegion AND i.eventID <> e.eventID)
SELECT eventName, count(*) FROM events GROUP BY eventName HAVING count(*) > (SELECT count(*) / 5 FROM events)
SELECT n, count(*) FROM (SELECT eventName n FROM events UNION ALL SELECT eventSource FROM events) t GROUP BY n
SELECT count(*) FROM (SELECT DISTINCT userIdentity.type t, awsRegion r FROM events) d
SELECT coalesce(a.n, b.n), a.c, b.c FROM (SELECT eventName n, count(*) c FROM events WHERE readOnly GROUP BY 1) a FULL OUTER JOIN (SELECT eventName n, count(*) c FROM events WHERE NOT readOnly GROUP BY 1) b ON a.n = b.n

-- unnest, arrays, maps
SELECT e.eventID, t.r.arn, t.r.accountId FROM events e CROSS JOIN UNNEST(e.resources) AS t(r)
SELECT e.eventID, r.type FROM events e, UNNEST(e.resources) AS t(r) WHERE r.arn LIKE '%bucket-1%'
SELECT r.arn, count(DISTINCT eventID) FROM events CROSS JOIN UNNEST(resources) AS t(r) GROUP BY r.arn
SELECT e.eventID, r.arn FROM events e LEFT JOIN UNNEST(e.resources) AS t(r) ON true
SELECT x FROM UNNEST(ARRAY['a', NULL, 'b']) AS t(x)
SELECT eventID, part FROM events CROSS JOIN UNNEST(split(eventSource, '.')) AS t(part)
SELECT part, count(*) FROM events CROSS JOIN UNNEST(split(userAgent, '/')) AS t(part) GROUP BY part
SELECT cardinality(split(userAgent, '/')), element_at(split(userAgent, '/'), 1), element_at(split(userAgent, '/'), 9) FROM events
SELECT eventName, cardinality(array_agg(awsRegion)), cardinality(array_agg(DISTINCT awsRegion)) FROM events GROUP BY eventName
SELECT eventName, array_join(array_agg(eventID ORDER BY eventID), ',') FROM events GROUP BY eventName
SELECT eventName, array_join(array_agg(DISTINCT awsRegion ORDER BY awsRegion DESC), ',') FROM events GROUP BY eventName
SELECT eventName, array_join(array_agg(eventID ORDER BY eventTime DESC NULLS FIRST, eventID), ' ') FROM events GROUP BY eventName
SELECT eventName, array_join(array_sort(array_agg(DISTINCT sourceIPAddress) FILTER (WHERE sourceIPAddress IS NOT NULL)), '|') FROM events GROUP BY eventName
SELECT eventID FROM events WHERE contains(ARRAY['CreateUser', 'GetObject'], eventName)
SELECT eventID FROM events WHERE NOT contains(ARRAY['AccessDenied', 'other'], errorCode)
SELECT eventID FROM events WHERE contains(split(eventSource, '.'), 's3')
SELECT eventName FROM events GROUP BY eventName HAVING contains(array_agg(errorCode), 'AccessDenied')
SELECT array_sort(array_distinct(ARRAY['b', 'a', 'b'])), array_sort(ARRAY[3, 1, 2]), array_max(ARRAY[1, 5, 3]), array_min(ARRAY['x', 'c'])
SELECT cardinality(ARRAY[1, 2, 3]), cardinality(ARRAY[])
SELECT element_at(ARRAY['a', 'b', 'c'], -1), ARRAY['a', 'b'][2]
SELECT cardinality(filter(ARRAY[1, 2, 3, 4], x -> x > 2)), array_join(transform(ARRAY['a', 'b'], x -> upper(x)), '')
SELECT eventID, cardinality(filter(resources, r -> r.arn LIKE '%bucket-2')) FROM events
SELECT eventID, array_join(transform(resources, r -> coalesce(r.arn, '?')), ' ') FROM events
SELECT eventID FROM events WHERE cardinality(filter(resources, r -> r.accountId IS NULL)) > 0
SELECT eventID, array_join(filter(split(userAgent, ' '), w -> w LIKE '%/%'), ' ') FROM events
SELECT eventID, cardinality(resources) FROM events WHERE cardinality(resources) >= 1
SELECT eventID, array_join(map_keys(requestParameters), ',') FROM events
SELECT eventID FROM events WHERE contains(map_keys(requestParameters), 'bucketName')
SELECT eventID, k, v FROM events CROSS JOIN UNNEST(map_keys(requestParameters)) AS t(k) CROSS JOIN UNNEST(map_keys(responseElements)) AS u(v)
SELECT array_join(array_agg(x ORDER BY n DESC), ',') FROM (VALUES ('a', 1), ('b', 2), ('c', 3)) AS t(x, n)
SELECT array_join(ARRAY['a'] || ARRAY['b', 'c'], '-')
SELECT array_join(flatten(ARRAY[ARRAY['a'], ARRAY['b', 'c']]), '-')
SELECT array_join(ARRAY['x', NULL, 'z'], ','), array_join(ARRAY['x'], ',')
SELECT max_by(eventName, eventTime), min_by(eventID, eventID) FROM events WHERE eventTime IS NOT NULL AND errorCode = 'AccessDenied' AND eventID <> ''

-- text, numbers, choices
SELECT greatest(eventName, eventSource), least(eventName, awsRegion) FROM events WHERE awsRegion IS NOT NULL
SELECT greatest(1, 2, 3), least(2.5, 1), greatest('a', 'b')
SELECT lpad(eventName, 12, '.'), rpad(eventName, 12, '.') FROM events
SELECT regexp_replace(userAgent, '[0-9]+', '#') FROM events
SELECT split_part(userAgent, '/', 1) FROM events WHERE userAgent IS NOT NULL
SELECT concat_ws('|', eventName, errorCode, awsRegion) FROM events
SELECT position('User' IN eventName), strpos(eventName, 'e') FROM events
SELECT translate(eventName, 'aeiou', 'AE') FROM events
SELECT chr(65), length(chr(955))
SELECT ltrim('  x '), rtrim('  x '), trim('  x ')
SELECT starts_with(eventName, 'Create'), substring(eventName, 2, 3), substring(eventName FROM 4 FOR 2) FROM events
SELECT upper(substr(eventName, 1, 1)) || lower(substr(eventName, 2)) FROM events
SELECT abs(-5), abs(-2.5), sign(-3), ceil(1.2), floor(-1.2), round(2.567, 2), mod(17, 5)
SELECT round(avg(length(eventName)), 3), sqrt(16), power(2, 10), ln(1), log10(1000), exp(0) FROM events
SELECT stddev(length(eventName)), variance(length(eventName)), stddev_pop(length(eventName)), var_pop(length(eventName)) FROM events
SELECT CASE WHEN length(eventName) > 10 THEN 2 ELSE 1.5 END / 2 FROM events
SELECT count(*) * 1e2 / sum(count(*)) OVER () FROM events GROUP BY eventName
SELECT coalesce(errorCode, errorMessage, 'none'), nullif(awsRegion, 'us-east-1'), if(errorCode IS NULL, 'ok') FROM events
SELECT eventID FROM events WHERE coalesce(userIdentity.userName, userIdentity.sessionContext.sessionIssuer.userName, userIdentity.invokedBy) IS NULL
SELECT eventID FROM events WHERE CASE WHEN readOnly THEN eventName = 'GetObject' ELSE errorCode IS NULL END
SELECT arbitrary(eventVersion), any_value(eventVersion) FROM events
SELECT bool_or(errorCode = 'AccessDenied'), bool_and(eventName IS NOT NULL), bool_and(eventName <> 'x') FROM events
SELECT eventName, count_if(readOnly), count(*) FILTER (WHERE NOT readOnly) FROM events GROUP BY eventName
SELECT sum(CASE WHEN errorCode IS NULL THEN 1 ELSE 0 END), sum(if(readOnly, 1, 0)) FROM events
SELECT approx_distinct(awsRegion), count(DISTINCT userIdentity.arn) FROM events

-- times
SELECT day_of_week(eventTime), day_of_year(eventTime), week(eventTime), quarter(eventTime) FROM events
SELECT extract(hour FROM eventTime), extract(minute FROM eventTime), extract(day FROM eventTime) FROM events
SELECT date_trunc('minute', eventTime), date_trunc('quarter', eventTime), date_trunc('year', eventTime) FROM events
SELECT date_add('day', 3, eventTime), date_add('hour', -2, eventTime), date_add('month', 1, eventTime) FROM events
SELECT eventTime + interval '2' hour - interval '30' second FROM events
SELECT cast(eventTime AS date), count(*) FROM events GROUP BY 1
SELECT last_day_of_month(eventTime) FROM events
SELECT cast(date_trunc('day', eventTime) AS date), hour(eventTime), count(*) FROM events GROUP BY 1, 2
SELECT min(eventTime), max(eventTime), count(*) FROM events GROUP BY date_trunc('day', eventTime), eventName
SELECT eventID FROM events WHERE eventTime BETWEEN timestamp '2026-03-01 10:00:00' AND timestamp '2026-03-01 20:00:00' AND hour(eventTime) NOT BETWEEN 12 AND 14
SELECT to_unixtime(eventTime) FROM events
SELECT cast(date '2026-03-01' + interval '1' day AS date), timestamp '2026-01-31 00:00:00' + interval '1' month
SELECT eventID FROM events WHERE cast(eventTime AS date) IN (date '2026-03-01', date '2026-03-03')
SELECT date_diff('day', timestamp '2026-03-01 00:00:00', timestamp '2026-03-05 12:00:00')

-- JSON
SELECT json_extract_scalar(element_at(responseElements, 'accessKey'), '$.status') FROM events
SELECT json_array_length(json_extract(element_at(requestParameters, 'instancesSet'), '$.items')) FROM events
SELECT try_cast(element_at(requestParameters, 'maxItems') AS bigint) FROM events
SELECT sum(try_cast(element_at(additionalEventData, 'bytesTransferredOut') AS bigint)) OVER (ORDER BY eventTime, eventID) FROM events
SELECT eventID FROM events WHERE try_cast(element_at(additionalEventData, 'bytesTransferredOut') AS double) > 2500.5
SELECT element_at(requestParameters, 'bucketName') AS b, count(DISTINCT sourceIPAddress), array_join(array_agg(DISTINCT eventName ORDER BY eventName), ',') FROM events GROUP BY 1
SELECT element_at(additionalEventData, 'MFAUsed') AS mfa, count(*) FROM events WHERE element_at(responseElements, 'ConsoleLogin') = 'Success' GROUP BY 1

-- whole arrays as an answer
SELECT split(eventSource, '.') FROM events
SELECT eventName, array_agg(eventID ORDER BY eventID) FROM events GROUP BY eventName
SELECT eventName, array_agg(DISTINCT awsRegion ORDER BY awsRegion) FROM events GROUP BY eventName
SELECT map_keys(requestParameters) FROM events
SELECT transform(split(eventSource, '.'), p -> length(p)) FROM events
SELECT array_agg(eventTime ORDER BY eventTime, eventID) FROM events WHERE eventName = 'CreateUser'
SELECT array_agg(errorCode ORDER BY eventID) FROM events
SELECT ARRAY[eventName, errorCode, awsRegion] FROM events
SELECT filter(ARRAY[eventName, errorCode], x -> x IS NOT NULL) FROM events
