-- Odd questions, as people paste them, that sqlglot translates for DuckDB.

WITH a AS (WITH b AS (SELECT eventName n FROM events WHERE readOnly) SELECT n, count(*) c FROM b GROUP BY n) SELECT n, c FROM a WHERE c > 1
WITH x AS (SELECT 1 AS v), y AS (SELECT v FROM x) SELECT * FROM (WITH x AS (SELECT 2 AS v) SELECT v FROM y) t
WITH x AS (SELECT 1 AS v) SELECT a.v, b.v FROM x a, (WITH x AS (SELECT 2 AS v) SELECT v FROM x) b
WITH events2 AS (SELECT eventID FROM events WHERE readOnly), k AS (SELECT eventID FROM events2) SELECT count(*) FROM k
WITH events AS (SELECT eventName FROM events WHERE errorCode = 'AccessDenied') SELECT eventName, count(*) FROM events GROUP BY 1
WITH a AS (SELECT count(*) c FROM events), events AS (SELECT 1 AS one) SELECT a.c, events.one FROM a, events
SELECT eventID, sum(length(eventName)) OVER (ORDER BY eventTime, eventID ROWS BETWEEN 5 PRECEDING AND 2 PRECEDING) FROM events
SELECT eventID, sum(length(eventName)) OVER (ORDER BY eventTime, eventID ROWS BETWEEN 1 FOLLOWING AND 3 FOLLOWING) FROM events
SELECT eventID, count(*) OVER (ORDER BY eventName GROUPS BETWEEN 1 PRECEDING AND CURRENT ROW) FROM events
SELECT eventID, count(errorCode) OVER (ORDER BY length(eventName) RANGE BETWEEN 2 PRECEDING AND 1 FOLLOWING) FROM events
SELECT eventID, last_value(eventName) OVER (PARTITION BY awsRegion ORDER BY eventName) FROM events
SELECT eventID, first_value(errorCode) OVER (PARTITION BY eventName ORDER BY errorCode NULLS FIRST, eventID) FROM events
SELECT eventID, max(eventTime) OVER (PARTITION BY userIdentity.arn ORDER BY eventTime, eventID ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING) FROM events
SELECT eventID, count(*) OVER (ORDER BY eventTime RANGE BETWEEN interval '1' day PRECEDING AND interval '1' second PRECEDING) FROM events WHERE eventTime IS NOT NULL
SELECT eventID, lag(eventName, 0) OVER (ORDER BY eventID), lead(errorCode, 3, errorCode) OVER (ORDER BY eventID) FROM events
SELECT eventID, errorCode FROM events WHERE (errorCode = 'AccessDenied') IS NULL
SELECT eventID FROM events WHERE (errorCode = 'AccessDenied' OR readOnly) IS NOT NULL
SELECT eventID FROM events WHERE errorCode NOT IN (SELECT errorCode FROM events WHERE errorCode IS NOT NULL AND errorCode <> '')
SELECT eventID FROM events WHERE awsRegion NOT IN (SELECT awsRegion FROM events WHERE eventName = 'nothing')
SELECT count(*) FROM events WHERE NULL NOT IN (SELECT eventName FROM events WHERE eventName = 'nothing')
SELECT count(*) FROM events WHERE NULL IN (SELECT eventName FROM events)
SELECT eventID FROM events WHERE NOT (readOnly AND errorCode = 'AccessDenied')
SELECT eventID FROM events WHERE NOT (readOnly OR errorCode = 'AccessDenied')
SELECT eventID FROM events WHERE readOnly = managementEvent
SELECT eventID FROM events WHERE readOnly IS NOT DISTINCT FROM managementEvent
SELECT eventID FROM events WHERE (readOnly IS NULL) = (managementEvent IS NULL)
SELECT eventID FROM events WHERE NOT CASE WHEN errorCode = 'AccessDenied' THEN false END
SELECT eventID FROM events WHERE eventName NOT LIKE 'List%' ESCAPE '\'
SELECT eventID FROM events WHERE userAgent LIKE '100\%%' ESCAPE '\'
SELECT eventID FROM events WHERE userAgent LIKE '%_%_%_%_%_%_%_%_%_%_%_%_%'
SELECT eventID FROM events WHERE userAgent LIKE ''
SELECT eventID FROM events WHERE userAgent NOT LIKE '_%'
SELECT eventID FROM events WHERE errorMessage LIKE '%denied_by%'
SELECT count(*) FROM events HAVING count(*) > 5
SELECT 1 FROM events HAVING count(*) > 5
SELECT e.eventID FROM events e WHERE (SELECT count(*) FROM events i WHERE i.userIdentity.accessKeyId = e.userIdentity.accessKeyId AND i.eventTime < e.eventTime) > 3
SELECT e.eventID, (SELECT max(i.eventTime) FROM events i WHERE i.sourceIPAddress = e.sourceIPAddress AND i.eventID <> e.eventID) FROM events e
SELECT DISTINCT e.sourceIPAddress FROM events e WHERE EXISTS (SELECT 1 FROM events i WHERE i.sourceIPAddress = e.sourceIPAddress HAVING count(*) > 70)
SELECT e.eventID FROM events e WHERE e.awsRegion IN (SELECT i.awsRegion FROM events i WHERE i.eventName = e.eventName AND i.errorCode = 'AccessDenied')
SELECT sum(a), count(a), avg(a), count(*) FROM (VALUES 1, NULL, 3) AS t(a)
SELECT 'it''s -- no comment', '/* nor this */', 'a;b', '$EDS_ID' FROM events LIMIT 1
SELECT a.n, b.n FROM (SELECT eventName n FROM events GROUP BY 1) a JOIN (SELECT eventName n FROM events GROUP BY 1) b ON a.n < b.n
SELECT a.eventID FROM events a JOIN (SELECT awsRegion r, max(eventTime) m FROM events GROUP BY awsRegion) b ON a.awsRegion IS NOT DISTINCT FROM b.r AND a.eventTime = b.m
SELECT a.k, b.k, c.k FROM (VALUES 1, 2, 3) a(k) LEFT JOIN (VALUES 2, 3, 4) b(k) ON a.k = b.k FULL JOIN (VALUES 3, 5) c(k) ON b.k = c.k
SELECT eventName, count(*) FROM events WHERE date_trunc('day', eventTime) = date '2026-03-02' GROUP BY eventName
SELECT date_add('month', 1, timestamp '2026-01-31 10:00:00'), date_add('month', -1, timestamp '2026-03-31 10:00:00'), date_add('year', 1, timestamp '2024-02-29 00:00:00'), date_add('quarter', 1, timestamp '2026-11-30 00:00:00')
SELECT week(date '2027-01-01'), year_of_week(date '2027-01-01'), day_of_week(date '2026-02-28'), last_day_of_month(date '2024-02-10')
SELECT regexp_replace(eventSource, '\.amazonaws\.com$', '') s, count(*) FROM events GROUP BY 1
SELECT eventID FROM events WHERE regexp_like(eventName, '(?i)^LIST') AND NOT regexp_like(coalesce(userAgent, ''), '\s')
SELECT eventID FROM events WHERE regexp_like(sourceIPAddress, '^\d{1,3}(\.\d{1,3}){3}$')
SELECT coalesce(userIdentity.userName, userIdentity.sessionContext.sessionIssuer.userName, userIdentity.arn, 'n/a') who, count(*) FILTER (WHERE errorCode IS NOT NULL) failed, count(*) FILTER (WHERE errorCode IS NULL) fine FROM events GROUP BY 1
SELECT trim(BOTH FROM '  x '), trim(LEADING FROM '  x '), trim(TRAILING FROM '  x ')
SELECT eventName AS n, count(*) AS c FROM events GROUP BY eventName ORDER BY c * -1, lower(n), n
SELECT count(DISTINCT coalesce(errorCode, '-')), count(DISTINCT readOnly), count(DISTINCT eventTime) FROM events
SELECT DISTINCT userIdentity.sessionContext.attributes.mfaAuthenticated FROM events
SELECT min(readOnly), max(readOnly) FROM events
SELECT eventName, max(if(readOnly, 1, 0)), min(coalesce(errorCode, 'z')) FROM events GROUP BY eventName
SELECT count(*) FROM (SELECT DISTINCT requestParameters FROM events) t
SELECT count(*) FROM (SELECT userIdentity FROM events UNION SELECT userIdentity FROM events) t
SELECT round(2.5), round(-2.5), round(3.14159, 3), round(1234.5, -2), truncate(-1.9), ceil(-0.5), floor(0.5)
SELECT abs(length(eventName) - 20), power(length(eventName), 2), mod(length(eventName), 3) FROM events
SELECT x, y FROM UNNEST(ARRAY[1, 2, 3]) AS t(x) CROSS JOIN UNNEST(ARRAY['a', 'b']) AS u(y)
SELECT eventID, x FROM events CROSS JOIN UNNEST(ARRAY[eventName, errorCode]) AS t(x)
SELECT a.eventName, a.c, b.c FROM (SELECT eventName, count(*) c FROM events GROUP BY eventName) a LEFT JOIN (SELECT eventName, count(*) c FROM events WHERE errorCode = 'AccessDenied' GROUP BY eventName) b ON a.eventName = b.eventName
WITH first_use AS (SELECT userIdentity.arn a, sourceIPAddress ip, min(eventTime) t FROM events GROUP BY 1, 2), ranked AS (SELECT a, ip, t, row_number() OVER (PARTITION BY a ORDER BY t, ip) n FROM first_use) SELECT a, ip, t FROM ranked WHERE n > 1
SELECT * FROM (SELECT eventName, awsRegion FROM events) x WHERE x.awsRegion IS NULL OR x.eventName = 'GetObject'
SELECT e.* FROM (SELECT eventName, count(*) FROM events GROUP BY 1) AS e(name, number) WHERE number > 1
SELECT (SELECT eventName FROM events WHERE eventName = 'nothing' LIMIT 1), (SELECT count(*) FROM events WHERE eventName = 'nothing')
SELECT eventID FROM events WHERE eventTime + interval '1' day > timestamp '2026-03-03 00:00:00'
SELECT eventID FROM events WHERE eventTime > timestamp '2026-03-01 00:00:00' + interval '1' day + interval '2' hour
SELECT eventName FROM events GROUP BY eventName HAVING count(*) = (SELECT max(c) FROM (SELECT count(*) c FROM events GROUP BY eventName) t)
SELECT least(length(eventName), length(eventSource)), greatest(eventTime, timestamp '2026-03-02 00:00:00') FROM events
SELECT concat(eventName, ' by ', coalesce(userIdentity.userName, '?')), eventName || ':' || coalesce(errorCode, '') FROM events
SELECT eventID FROM events WHERE userIdentity IS NULL
SELECT eventID FROM events WHERE tlsDetails IS NOT NULL
SELECT CAST('2026-03-01' AS date), CAST('2026-03-01 10:00:00' AS timestamp), CAST('12' AS bigint), CAST('1.5' AS double), CAST(1 AS varchar), CAST(true AS varchar), CAST('true' AS boolean)
SELECT CAST(2.5 AS bigint), CAST(-2.5 AS bigint), CAST(1.4 AS integer), CAST('7' AS integer)
SELECT try_cast(1e30 AS bigint), try_cast('99999999999999999999' AS bigint), try_cast('3000000000' AS integer)
SELECT array_agg(DISTINCT eventName ORDER BY eventName) FILTER (WHERE readOnly) FROM events
SELECT eventName, array_agg(errorCode) FILTER (WHERE errorCode = 'nothing') FROM events GROUP BY eventName
SELECT max_by(eventName, length(eventName)) FILTER (WHERE errorCode = 'nothing') FROM events
SELECT element_at(ARRAY[1, 2], 3), element_at(ARRAY[1, 2], -3), element_at(split('a.b', '.'), 2)
SELECT element_at(resources, 5).arn, element_at(resources, -1).arn FROM events
SELECT userIdentity.accountId = recipientAccountId, count(*) FROM events GROUP BY 1

-- NULLs in stored and unstored fields, joins, groups
WITH a AS (SELECT awsRegion r, count(*) c FROM events GROUP BY 1) SELECT x.r, y.c FROM a x JOIN a y ON x.c <= y.c
WITH a AS (SELECT eventID i, element_at(requestParameters, 'bucketName') b FROM events) SELECT x.b, count(*) FROM a x JOIN a y ON x.b = y.b GROUP BY x.b
WITH a AS (SELECT eventID i, element_at(requestParameters, 'bucketName') b FROM events), c AS (SELECT b, count(*) n FROM a GROUP BY b) SELECT a.i, c.n FROM a LEFT JOIN c ON a.b = c.b
SELECT e.eventID FROM events e WHERE e.eventName = (SELECT i.eventName FROM events i GROUP BY i.eventName ORDER BY count(*) DESC, i.eventName LIMIT 1)
SELECT e.eventID FROM events e WHERE EXISTS (WITH k AS (SELECT sourceIPAddress ip FROM events WHERE errorCode = 'AccessDenied') SELECT 1 FROM k WHERE k.ip = e.sourceIPAddress)
SELECT eventName, (SELECT count(*) FROM events i WHERE i.eventName = o.eventName AND i.readOnly) FROM (SELECT DISTINCT eventName FROM events) o
SELECT o.eventName, x.m FROM (SELECT DISTINCT eventName FROM events) o JOIN (SELECT eventName n, max(eventTime) m FROM events GROUP BY 1) x ON x.n = o.eventName WHERE x.m > timestamp '2026-03-01 00:00:00'
SELECT eventID FROM events WHERE NOT (eventTime BETWEEN timestamp '2026-03-01 10:00:00' AND timestamp '2026-03-02 00:00:00')
SELECT eventID FROM events WHERE eventTime NOT IN (timestamp '2026-03-01 10:00:00')
SELECT eventID FROM events WHERE (eventTime > timestamp '2026-03-02 00:00:00') IS NULL
SELECT eventID FROM events WHERE (eventTime > timestamp '2026-03-02 00:00:00') = readOnly
SELECT eventID FROM events WHERE readOnly <> managementEvent OR readOnly IS NULL
SELECT eventID FROM events WHERE readOnly IN (true, NULL)
SELECT eventID FROM events WHERE NOT readOnly IN (true)
SELECT eventID FROM events WHERE readOnly NOT IN (false)
SELECT eventID FROM events WHERE userIdentity.userName NOT IN ('alice', '')
SELECT eventID FROM events WHERE NOT (userIdentity.userName = 'alice' AND errorCode = 'AccessDenied')
SELECT eventID FROM events WHERE NOT (userIdentity.userName LIKE 'a%' OR userIdentity.type = 'Root')
SELECT eventID FROM events WHERE userIdentity.userName || errorCode IS NULL
SELECT eventID FROM events WHERE coalesce(userIdentity.userName, errorCode, 'z') < 'B'
SELECT eventID FROM events WHERE nullif(userIdentity.userName, 'alice') IS NULL
SELECT eventID FROM events WHERE greatest(userIdentity.userName, errorCode) = 'alice'
SELECT eventID FROM events WHERE length(userIdentity.userName) = 0
SELECT eventID FROM events WHERE CASE userIdentity.userName WHEN '' THEN true WHEN 'alice' THEN false END
SELECT eventID FROM events WHERE if(userIdentity.userName = '', true, readOnly)
SELECT eventID FROM events WHERE userIdentity.sessionContext.attributes.mfaAuthenticated IS NULL
SELECT eventID FROM events WHERE NOT userIdentity.sessionContext.attributes.mfaAuthenticated
SELECT date_diff('second', userIdentity.sessionContext.attributes.creationDate, eventTime) > 0, count(*) FROM events GROUP BY 1
SELECT eventID FROM events WHERE userIdentity.accountId <> recipientAccountId
SELECT eventID FROM events WHERE userIdentity.principalId LIKE '%:%' AND substr(userIdentity.principalId, strpos(userIdentity.principalId, ':') + 1) <> ''
SELECT eventID FROM events WHERE recipientAccountId NOT IN ('111122223333')
SELECT eventID FROM events WHERE sourceIPAddress = '' OR sourceIPAddress IS NULL
SELECT eventID FROM events WHERE coalesce(errorCode, errorMessage) IS NOT NULL AND readOnly
SELECT eventID FROM events WHERE element_at(requestParameters, 'bucketName') <> 'bucket-1'
SELECT eventID FROM events WHERE element_at(requestParameters, 'bucketName') NOT IN ('bucket-1', 'bucket-2')
SELECT eventID FROM events WHERE element_at(requestParameters, 'bucketName') IN (SELECT element_at(requestParameters, 'bucketName') FROM events WHERE errorCode = 'AccessDenied')
SELECT eventID FROM events WHERE cardinality(map_keys(requestParameters)) = 0
SELECT eventID FROM events WHERE element_at(requestParameters, 'dryRun') = 'true' OR element_at(requestParameters, 'flag') = 'false'
SELECT eventName, min(element_at(requestParameters, 'bucketName')), max(length(element_at(requestParameters, 'key'))) FROM events GROUP BY eventName
SELECT count(*) FILTER (WHERE errorCode IS NULL AND readOnly) OVER (PARTITION BY eventName), eventID FROM events
SELECT eventID, row_number() OVER (PARTITION BY userIdentity.userName ORDER BY eventTime NULLS FIRST, eventID) FROM events
SELECT eventID, count(*) OVER (PARTITION BY errorCode) FROM events
SELECT eventID, dense_rank() OVER (ORDER BY errorCode DESC NULLS FIRST) FROM events
SELECT eventID, sum(CASE WHEN readOnly THEN 1 END) OVER (ORDER BY eventID ROWS UNBOUNDED PRECEDING) FROM events
SELECT awsRegion, approx_distinct(sourceIPAddress), count(DISTINCT sourceIPAddress) FILTER (WHERE readOnly) FROM events GROUP BY awsRegion
SELECT max(errorCode), min(errorCode), max(userIdentity.userName), min(userIdentity.userName), min(userAgent) FROM events
SELECT count(*) FROM events a FULL JOIN events b ON a.eventID = b.eventID AND a.readOnly AND b.errorCode IS NULL
SELECT count(*) FROM events a LEFT JOIN events b ON a.sourceIPAddress = b.sourceIPAddress AND b.eventName = 'nothing' WHERE b.eventID IS NULL
SELECT a.eventName FROM (SELECT eventName FROM events LIMIT 0) a RIGHT JOIN (SELECT 1 x) b ON true
SELECT eventName FROM events WHERE readOnly EXCEPT SELECT eventName FROM events WHERE errorCode IS NULL UNION ALL SELECT 'end'
SELECT eventName, awsRegion FROM events INTERSECT SELECT eventName, NULL FROM events
SELECT NULL, count(*) FROM events UNION ALL SELECT eventName, 1 FROM events WHERE readOnly
SELECT t.eventName FROM (SELECT eventName, errorCode FROM events ORDER BY errorCode NULLS FIRST, eventID LIMIT 10) t WHERE t.errorCode IS NULL
SELECT eventName, count(*) c FROM events GROUP BY eventName ORDER BY c DESC, eventName LIMIT 2 OFFSET 1
SELECT count(*), count(*) * 1.0 / (SELECT count(*) FROM events) FROM events WHERE errorCode IS NOT NULL
SELECT hour(eventTime) h, count(*) FROM events GROUP BY hour(eventTime) HAVING hour(eventTime) > 12
SELECT eventName FROM events GROUP BY eventName, awsRegion HAVING count(*) > 20 AND awsRegion IS NULL
