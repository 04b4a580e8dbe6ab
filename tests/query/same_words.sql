-- Questions that are the same in both dialects, or that sqlglot translates.

SELECT count(*), count(errorCode), count(DISTINCT sourceIPAddress) FROM events
SELECT eventName, count(*) FROM events GROUP BY eventName
SELECT eventname, EVENTSOURCE, count(*) n FROM events GROUP BY 1, 2 HAVING count(*) > 3
SELECT errorCode, min(eventTime), max(eventTime) FROM events GROUP BY errorCode
SELECT eventID FROM events WHERE NOT (errorCode = 'AccessDenied')
SELECT eventID FROM events WHERE errorCode <> 'AccessDenied'
SELECT eventID FROM events WHERE errorCode NOT IN ('AccessDenied', 'x')
SELECT eventID FROM events WHERE errorCode NOT IN ('AccessDenied', NULL)
SELECT eventID FROM events WHERE errorCode IS NULL OR errorCode = ''
SELECT eventID FROM events WHERE coalesce(errorCode, 'none') <> 'AccessDenied'
SELECT eventID FROM events WHERE nullif(errorCode, '') IS NULL
SELECT eventID FROM events WHERE errorCode IS DISTINCT FROM 'AccessDenied'
SELECT eventID FROM events WHERE eventName LIKE 'List%'
SELECT eventID FROM events WHERE eventName LIKE 'list%'
SELECT eventID FROM events WHERE eventName NOT LIKE '%User_'
SELECT eventID FROM events WHERE userAgent LIKE '100!%!_of%' ESCAPE '!'
SELECT eventID FROM events WHERE userAgent LIKE '%[it]*?'
SELECT eventID FROM events WHERE userAgent NOT LIKE '%x%'
SELECT eventID FROM events WHERE lower(eventName) = 'listusers'
SELECT upper(userAgent), lower(userAgent), length(userAgent) FROM events
SELECT eventID FROM events WHERE regexp_like(eventName, '^(List|Get)[A-Z]')
SELECT eventID FROM events WHERE eventName < 'H' AND eventName >= 'A'
SELECT eventID FROM events WHERE eventName BETWEEN 'A' AND 'H'
SELECT eventID FROM events WHERE eventName = eventSource OR awsRegion <> sourceIPAddress
SELECT eventID FROM events WHERE userIdentity.userName = 'alice'
SELECT eventID FROM events WHERE userIdentity.userName = ''
SELECT eventID FROM events WHERE userIdentity.userName IS NULL
SELECT eventID FROM events WHERE NOT userIdentity.userName = 'alice'
SELECT eventID FROM events WHERE userIdentity.accessKeyId IS NULL
SELECT eventID FROM events WHERE userIdentity.accessKeyId = ''
SELECT eventID FROM events WHERE userIdentity.accessKeyId LIKE 'A%'
SELECT eventID FROM events WHERE coalesce(userIdentity.accessKeyId, '') = ''
SELECT userIdentity.type, userIdentity.userName, userIdentity.accessKeyId FROM events
SELECT userIdentity.accountId, count(*) FROM events GROUP BY userIdentity.accountId
SELECT userIdentity.sessionContext.sessionIssuer.userName u, count(*) FROM events GROUP BY 1
SELECT userIdentity.sessionContext.sessionIssuer.arn, userIdentity.sessionContext.sourceIdentity FROM events
SELECT userIdentity.sessionContext.attributes.mfaAuthenticated m, count(*) FROM events GROUP BY 1
SELECT eventID FROM events WHERE userIdentity.sessionContext.attributes.mfaAuthenticated = true
SELECT eventID FROM events WHERE userIdentity.sessionContext.attributes.creationDate < timestamp '2026-03-01 08:00:00'
SELECT eventID FROM events WHERE eventTime > timestamp '2026-03-01 12:00:00'
SELECT eventID FROM events WHERE eventTime >= timestamp '2026-03-01 12:00:00' AND eventTime < timestamp '2026-03-02 00:00:00'
SELECT eventID FROM events WHERE NOT eventTime > timestamp '2026-03-01 12:00:00'
SELECT eventID FROM events WHERE eventTime BETWEEN timestamp '2026-03-01 12:00:00' AND timestamp '2026-03-02 12:00:00.250'
SELECT eventID FROM events WHERE eventTime IS NULL
SELECT eventID FROM events WHERE timestamp '2026-03-01 12:00:00' >= eventTime
SELECT eventID FROM events WHERE eventTime <> timestamp '2026-03-01 12:00:00'
SELECT date_trunc('hour', eventTime) h, count(*) FROM events GROUP BY 1
SELECT date_trunc('week', eventTime), date_trunc('month', eventTime), date_trunc('day', eventTime) FROM events
SELECT year(eventTime), month(eventTime), day(eventTime), hour(eventTime), minute(eventTime) FROM events
SELECT eventTime + interval '1' day, eventTime - interval '90' minute FROM events
SELECT eventTime - interval '1' month FROM events
SELECT readOnly, managementEvent, count(*) FROM events GROUP BY readOnly, managementEvent
SELECT eventID FROM events WHERE readOnly
SELECT eventID FROM events WHERE NOT readOnly
SELECT eventID FROM events WHERE readOnly = false AND managementEvent = true
SELECT eventID FROM events WHERE NOT coalesce(readOnly, false)
SELECT element_at(requestParameters, 'bucketName') b, count(*) FROM events GROUP BY 1
SELECT element_at(requestParameters, 'maxItems'), element_at(requestParameters, 'dryRun'), element_at(requestParameters, 'marker') FROM events
SELECT element_at(requestParameters, 'instancesSet'), element_at(requestParameters, 'a.b') FROM events
SELECT element_at(requestParameters, 'big'), element_at(additionalEventData, 'ratio') FROM events
SELECT eventID FROM events WHERE element_at(requestParameters, 'bucketName') IS NULL
SELECT eventID FROM events WHERE NOT element_at(requestParameters, 'bucketName') = 'bucket-1'
SELECT eventID FROM events WHERE requestParameters IS NULL
SELECT eventID FROM events WHERE responseElements IS NOT NULL
SELECT json_extract_scalar(element_at(responseElements, 'credentials'), '$.accessKeyId') FROM events
SELECT json_extract_scalar(element_at(requestParameters, 'policy'), '$.Statement[0].Effect') FROM events
SELECT element_at(resources, 1).arn, element_at(resources, 2).accountId, cardinality(resources) FROM events
SELECT eventID FROM events WHERE resources IS NULL
SELECT tlsDetails.tlsVersion, vpcEndpointId FROM events
SELECT errorMessage, count(*) FROM events GROUP BY errorMessage
SELECT CASE WHEN errorCode IS NULL THEN 'ok' WHEN errorCode LIKE '%Denied%' THEN 'denied' ELSE 'other' END c, count(*) FROM events GROUP BY 1
SELECT CASE eventName WHEN 'GetObject' THEN 1 WHEN 'CreateUser' THEN 2 END c, count(*) FROM events GROUP BY 1
SELECT if(readOnly, 'read', 'write') r, count(*) FROM events GROUP BY 1
SELECT eventName || '@' || awsRegion, concat(eventName, ':', errorCode) FROM events
SELECT substr(eventName, 1, 4), substr(eventName, -3), substr(eventName, 3), strpos(eventName, 'User') FROM events
SELECT replace(eventSource, '.amazonaws.com', ''), reverse(eventName), trim('  a ') FROM events
SELECT try_cast(element_at(additionalEventData, 'bytesTransferredOut') AS bigint) FROM events
SELECT sum(try_cast(element_at(additionalEventData, 'bytesTransferredOut') AS bigint)), avg(try_cast(element_at(additionalEventData, 'bytesTransferredOut') AS double)) FROM events
SELECT eventName, avg(length(eventName)), sum(length(userAgent)) FROM events GROUP BY eventName
SELECT count(*) FILTER (WHERE readOnly), count_if(errorCode IS NOT NULL) FROM events
SELECT bool_or(readOnly), bool_and(readOnly) FROM events
SELECT count(*), sum(length(errorCode)) FROM events WHERE eventName = 'nothing'
SELECT eventName FROM events WHERE eventName = 'nothing' GROUP BY eventName
SELECT DISTINCT eventSource, readOnly FROM events
SELECT 2 + 3 * 4, 7 - 10, -5 % 3, 10 % 3, 2 * 1.5
SELECT eventID FROM events WHERE 1 = 0
SELECT eventID FROM events WHERE true OR errorCode = 'x'
SELECT n.eventName, n.c FROM (SELECT eventName, count(*) c FROM events GROUP BY eventName) n WHERE n.c > 10
WITH k AS (SELECT userIdentity.accessKeyId key, count(*) c FROM events GROUP BY 1) SELECT key, c FROM k WHERE c > 5
SELECT eventID FROM events WHERE userIdentity.accessKeyId IN (SELECT userIdentity.accessKeyId FROM events WHERE errorCode = 'AccessDenied')
SELECT eventID FROM events WHERE sourceIPAddress NOT IN (SELECT sourceIPAddress FROM events WHERE eventName = 'AssumeRole' AND sourceIPAddress IS NOT NULL)
SELECT eventID FROM events WHERE errorCode NOT IN (SELECT errorCode FROM events)
SELECT e.eventID FROM events e WHERE EXISTS (SELECT 1 FROM events i WHERE i.sourceIPAddress = e.sourceIPAddress AND i.errorCode = 'AccessDenied')
SELECT a.eventName, b.c FROM events a JOIN (SELECT awsRegion r, count(*) c FROM events GROUP BY awsRegion) b ON a.awsRegion = b.r
SELECT a.eventID, b.c FROM events a LEFT JOIN (SELECT awsRegion r, count(*) c FROM events GROUP BY awsRegion) b ON a.awsRegion = b.r
SELECT eventName FROM events WHERE readOnly UNION SELECT eventSource FROM events
SELECT eventName FROM events UNION ALL SELECT awsRegion FROM events
SELECT eventName FROM events EXCEPT SELECT eventName FROM events WHERE readOnly = true
SELECT eventName FROM events WHERE readOnly INTERSECT SELECT eventName FROM events WHERE errorCode = 'AccessDenied'
SELECT (SELECT max(eventTime) FROM events) FROM events
SELECT eventID FROM events WHERE eventTime = (SELECT max(eventTime) FROM events)
SELECT eventID FROM events WHERE eventID IN ('nothing', '00000000-0000-0000-0000-000000000000')
SELECT eventID, eventName FROM events WHERE eventID = 'b80c8fef-a677-5340-85fb-2c162d75df03'
SELECT eventID, eventName FROM events WHERE eventID IN ('334b6b31-12a2-5bfc-bf4f-870c0954b343', 'c093c7f6-6edf-595e-9539-70de788efbaa', NULL)
SELECT eventID FROM events WHERE NOT eventID = 'b80c8fef-a677-5340-85fb-2c162d75df03'
SELECT eventID FROM events WHERE eventID LIKE 'b80%'
