-- AWS's own samples of queries for Lake and Athena, and their like; in the next line DuckDB's words.

SELECT eventID, eventName, eventSource, eventTime FROM $EDS_ID WHERE userIdentity.arn LIKE '%alice%' AND eventTime > '2026-03-01 00:00:00' AND eventTime < '2026-03-03 00:00:00' ORDER BY eventTime DESC
SELECT eventID, eventName, eventSource, eventTime FROM events WHERE userIdentity.arn LIKE '%alice%' AND eventTime > TIMESTAMP '2026-03-01 00:00:00' AND eventTime < TIMESTAMP '2026-03-03 00:00:00'

SELECT eventSource, eventName, COUNT(*) AS apiCount FROM <event_data_store_id> WHERE eventTime > '2026-03-01 00:00:00' GROUP BY eventSource, eventName ORDER BY apiCount DESC
SELECT eventSource, eventName, count(*) FROM events WHERE eventTime > TIMESTAMP '2026-03-01 00:00:00' GROUP BY 1, 2

SELECT eventName, COUNT(*) AS n FROM arn:aws:cloudtrail:us-east-1:111122223333:eventdatastore/0a1b2c3d-1111-2222-3333-444455556666 WHERE errorCode = 'AccessDenied' GROUP BY eventName
SELECT eventName, count(*) FROM events WHERE errorCode = 'AccessDenied' GROUP BY 1

SELECT e.eventID, f.eventName FROM $EDS_ID_ONE AS e INNER JOIN $EDS_ID_TWO AS f ON e.eventID = f.eventID WHERE e.readOnly = true
SELECT eventID, eventName FROM events WHERE readOnly AND eventID IS NOT NULL

SELECT element_at(requestParameters, 'bucketName') AS bucket, element_at(requestParameters, 'key') AS object FROM $EDS_ID WHERE eventName IN ('GetObject', 'CreateUser') AND element_at(requestParameters, 'bucketName') IS NOT NULL AND regexp_like(element_at(requestParameters, 'bucketName'), 'bucket-[0-2]')
SELECT requestParameters['bucketName'], requestParameters['key'] FROM events WHERE eventName IN ('GetObject', 'CreateUser') AND regexp_matches(requestParameters['bucketName'], 'bucket-[0-2]')

SELECT eventTime, useridentity.arn, element_at(additionalEventData, 'MFAUsed') FROM $EDS_ID WHERE element_at(additionalEventData, 'MFAUsed') = 'No' AND element_at(responseElements, 'ConsoleLogin') = 'Success'
SELECT eventTime, userIdentity.arn, additionalEventData['MFAUsed'] FROM events WHERE additionalEventData['MFAUsed'] = 'No' AND responseElements['ConsoleLogin'] = 'Success'

SELECT eventSource, tlsDetails.tlsVersion, COUNT(*) AS numOutdatedTlsCalls FROM $EDS_ID WHERE tlsDetails.tlsVersion IN ('TLSv1', 'TLSv1.2') GROUP BY eventSource, tlsDetails.tlsVersion ORDER BY numOutdatedTlsCalls DESC
SELECT eventSource, tlsDetails.tlsVersion, count(*) FROM events WHERE tlsDetails.tlsVersion IN ('TLSv1', 'TLSv1.2') GROUP BY 1, 2

SELECT recipientAccountId, sum(try_cast(element_at(additionalEventData, 'bytesTransferredOut') AS double)) / 1024 AS kb FROM $EDS_ID GROUP BY recipientAccountId ORDER BY kb DESC
SELECT recipientAccountId, sum(TRY_CAST(additionalEventData['bytesTransferredOut'] AS DOUBLE)) / 1024 FROM events GROUP BY 1

SELECT json_extract_scalar(element_at(requestParameters, 'policy'), '$.Statement[0].Effect') AS effect, count(*) FROM $EDS_ID GROUP BY 1
SELECT json_extract_string(requestParameters['policy'], '$.Statement[0].Effect'), count(*) FROM events GROUP BY 1

SELECT eventName, count(*) AS calls FROM $EDS_ID WHERE eventTime >= date_add('day', -7, timestamp '2026-03-05 00:00:00') AND eventTime <= timestamp '2026-03-05 00:00:00' AND NOT readOnly GROUP BY eventName HAVING count(*) > 2
SELECT eventName, count(*) FROM events WHERE eventTime <= TIMESTAMP '2026-03-05 00:00:00' AND NOT readOnly GROUP BY 1 HAVING count(*) > 2

SELECT * FROM (SELECT eventname, useridentity.arn AS arn, requestparameters FROM cloudtrail_logs WHERE eventsource = 's3.amazonaws.com' AND eventname IN ('GetObject') AND requestparameters LIKE '%bucket-1%' ) LIMIT 1000
SELECT eventName, userIdentity.arn, requestParameters_json FROM events WHERE eventSource = 's3.amazonaws.com' AND eventName = 'GetObject' AND requestParameters_json LIKE '%bucket-1%'

SELECT useridentity.arn, Count(requestid) AS RequestCount FROM s3_cloudtrail_events_db.cloudtrail_awsexamplebucket1_table WHERE eventtime > '2026-03-01T12:00:00Z' GROUP by useridentity.arn
SELECT userIdentity.arn, count(requestID) FROM events WHERE eventTime > TIMESTAMP '2026-03-01 12:00:00' GROUP BY 1

SELECT useridentity.arn, eventname, sourceipaddress, eventtime FROM "default"."cloudtrail_logs_pp" WHERE eventtime BETWEEN '2026-03-01T00:00:00Z' AND '2026-03-02T12:00:00Z' AND awsregion = 'us-east-1'
SELECT userIdentity.arn, eventName, sourceIPAddress, eventTime FROM events WHERE eventTime BETWEEN TIMESTAMP '2026-03-01 00:00:00' AND TIMESTAMP '2026-03-02 12:00:00' AND awsRegion = 'us-east-1'

SELECT eventTime, json_extract_scalar(requestParameters, '$.bucketName') AS bucketName, json_extract_scalar(requestParameters, '$.key') AS object FROM cloudtrail_logs WHERE eventName = 'GetObject' AND json_extract_scalar(additionalEventData, '$.MFAUsed') IS NULL
SELECT eventTime, requestParameters['bucketName'], requestParameters['key'] FROM events WHERE eventName = 'GetObject' AND additionalEventData['MFAUsed'] IS NULL

WITH flat_logs AS (SELECT eventTime, eventName, userIdentity.principalId, json_extract_scalar(requestParameters, '$.bucketName') AS bucket FROM cloudtrail_logs) SELECT bucket, principalId, count(*) FROM flat_logs WHERE bucket <> '' GROUP BY bucket, principalId
SELECT requestParameters['bucketName'], userIdentity.principalId, count(*) FROM events WHERE requestParameters['bucketName'] <> '' GROUP BY 1, 2

SELECT DISTINCT unnested.resources_entry.arn FROM cloudtrail_logs t CROSS JOIN UNNEST(t.resources) unnested (resources_entry)
SELECT DISTINCT x.r.ARN FROM (SELECT UNNEST(resources) AS r FROM events) x

SELECT date_format(from_iso8601_timestamp(eventtime), '%Y-%m-%d %H:00') AS hour, count(*) FROM cloudtrail_logs WHERE errorcode LIKE '%Unauthorized%' OR errorcode LIKE 'AccessDenied%' GROUP BY date_format(from_iso8601_timestamp(eventtime), '%Y-%m-%d %H:00')
SELECT strftime(eventTime, '%Y-%m-%d %H:00'), count(*) FROM events WHERE errorCode LIKE '%Unauthorized%' OR errorCode LIKE 'AccessDenied%' GROUP BY 1

SELECT eventid FROM cloudtrail_logs WHERE from_iso8601_timestamp(eventtime) > timestamp '2026-03-02 00:00:00 UTC' - interval '6' hour
SELECT eventID FROM events WHERE eventTime > TIMESTAMP '2026-03-01 18:00:00'

SELECT eventid FROM cloudtrail_logs WHERE eventtime >= to_iso8601(timestamp '2026-03-02 00:00:00') AND eventtime < date_format(timestamp '2026-03-03 00:00:00', '%Y-%m-%dT%H:%i:%sZ')
SELECT eventID FROM events WHERE eventTime >= DATE '2026-03-02' AND eventTime < DATE '2026-03-03'

SELECT eventid FROM cloudtrail_logs WHERE date(from_iso8601_timestamp(eventtime)) BETWEEN date '2026-03-02' AND date_add('day', 1, date '2026-03-02')
SELECT eventID FROM events WHERE CAST(eventTime AS date) BETWEEN DATE '2026-03-02' AND DATE '2026-03-03'

SELECT eventid FROM cloudtrail_logs WHERE cast(substr(eventtime, 1, 10) AS date) = date '2026-03-02'
SELECT eventID FROM events WHERE CAST(eventTime AS date) = DATE '2026-03-02'

SELECT eventid FROM cloudtrail_logs WHERE useridentity.sessioncontext.attributes.mfaauthenticated = 'true' AND readonly = 'false'
SELECT eventID FROM events WHERE userIdentity.sessionContext.attributes.mfaAuthenticated AND NOT readOnly

SELECT sourceipaddress, count(*) AS n FROM cloudtrail_logs WHERE sourceipaddress NOT LIKE '%.amazonaws.com' AND NOT contains('198.51.100.0/24', try_cast(sourceipaddress AS ipaddress)) GROUP BY sourceipaddress
SELECT sourceIPAddress, count(*) FROM events WHERE sourceIPAddress = '203.0.113.9' GROUP BY 1

SELECT userIdentity.type, array_join(array_agg(DISTINCT eventName ORDER BY eventName), ', ') AS calls FROM events WHERE errorCode IS NOT NULL GROUP BY userIdentity.type HAVING cardinality(array_agg(DISTINCT eventName)) > 1
SELECT userIdentity.type, array_to_string(list_sort(list_distinct(list(eventName))), ', ') FROM events WHERE errorCode IS NOT NULL GROUP BY 1 HAVING count(DISTINCT eventName) > 1

SELECT eventID, k FROM events CROSS JOIN UNNEST(map_keys(requestParameters)) WITH ORDINALITY AS t(k, n) WHERE n = 1
SELECT eventID, map_keys(requestParameters)[1] FROM events WHERE len(map_keys(requestParameters)) > 0

SELECT eventName, count(*) FROM events GROUP BY eventName HAVING NOT bool_or(errorCode = 'Client.UnauthorizedOperation') OR count_if(readOnly) > 20
SELECT eventName, count(*) FROM events GROUP BY eventName HAVING NOT bool_or(errorCode = 'Client.UnauthorizedOperation') OR count(*) FILTER (WHERE readOnly) > 20

SELECT 1 FROM events HAVING count(*) > 5
SELECT 1 FROM events HAVING count(*) > 5

SELECT DISTINCT e.sourceIPAddress FROM events e WHERE EXISTS (SELECT 1 FROM events i WHERE i.sourceIPAddress = e.sourceIPAddress HAVING count(*) > 70)
SELECT DISTINCT e.sourceIPAddress FROM events e WHERE EXISTS (SELECT 1 FROM events i WHERE i.sourceIPAddress = e.sourceIPAddress HAVING count(*) > 70)

SELECT eventid, requestparameters.bucketname, requestParameters.key FROM cloudtrail_logs WHERE requestparameters.bucketname LIKE 'bucket%'
SELECT eventID, requestParameters['bucketName'], requestParameters['key'] FROM events WHERE requestParameters['bucketName'] LIKE 'bucket%'

SELECT responseelements.credentials.accesskeyid, count(*) FROM cloudtrail_logs GROUP BY responseelements.credentials.accesskeyid
SELECT json_extract_string(responseElements['credentials'], '$.accessKeyId'), count(*) FROM events GROUP BY 1

SELECT t.eventid FROM cloudtrail_logs t WHERE t.requestparameters.bucketname IS NULL AND t.responseelements.consolelogin = 'Success'
SELECT eventID FROM events WHERE requestParameters['bucketName'] IS NULL AND responseElements['ConsoleLogin'] = 'Success'
