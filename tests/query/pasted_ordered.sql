-- The same where the order of the rows is asked for, and is DuckDB's.

SELECT eventName AS kind, 'a' AS side FROM events WHERE readOnly UNION ALL SELECT awsRegion, 'b' FROM events ORDER BY kind, 2
SELECT length(eventName) AS x FROM events UNION SELECT 5 ORDER BY 1
SELECT eventName n, count(*) c FROM events GROUP BY 1 ORDER BY 2 DESC, 1
SELECT eventName, eventSource FROM events GROUP BY 2, 1 ORDER BY 2, 1 DESC
SELECT t.a, t.b FROM (VALUES (1, 'x'), (2, NULL), (NULL, 'z')) AS t(a, b) ORDER BY a NULLS FIRST
SELECT "eventName", "EVENTSOURCE" AS "Source of it", count(*) AS "count" FROM "events" GROUP BY "eventName", "eventSource" ORDER BY "count" DESC, "Source of it", 1
SELECT split_part(eventSource, '.', 1) AS service, count(*) AS n FROM events WHERE errorCode IN ('AccessDenied', 'Client.UnauthorizedOperation') GROUP BY split_part(eventSource, '.', 1) HAVING count(*) >= 2 ORDER BY n DESC, service
SELECT DISTINCT userIdentity.type, awsRegion FROM events WHERE userIdentity.type IS NOT NULL ORDER BY 1, awsRegion NULLS FIRST
SELECT eventName AS eventSource, eventSource AS eventName FROM events ORDER BY eventName, eventSource LIMIT 5
SELECT date_trunc('hour', eventTime) h, count(*) n, count(DISTINCT sourceIPAddress) ips FROM events WHERE eventTime IS NOT NULL GROUP BY 1 ORDER BY 1
SELECT eventName, n FROM (SELECT eventName, count(*) AS n FROM events GROUP BY eventName ORDER BY n DESC LIMIT 3) t ORDER BY n DESC, eventName
SELECT eventName FROM events WHERE eventTime IS NOT NULL ORDER BY eventTime DESC NULLS LAST, eventID OFFSET 3 ROWS FETCH NEXT 2 ROWS ONLY
SELECT eventSource, eventName, COUNT(*) AS apiCount FROM events WHERE eventTime > timestamp '2026-03-01 00:00:00' GROUP BY eventSource, eventName ORDER BY apiCount DESC, eventSource, eventName LIMIT 10
