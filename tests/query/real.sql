-- Questions for real records.

SELECT eventName, eventSource, awsRegion, sourceIPAddress, userAgent, errorCode FROM events
SELECT eventTime, eventID, errorMessage, requestID, eventVersion FROM events
SELECT readOnly, managementEvent, eventType, eventCategory FROM events
SELECT userIdentity.type, userIdentity.arn, userIdentity.principalId, userIdentity.userName, userIdentity.accessKeyId, userIdentity.accountId, userIdentity.invokedBy FROM events
SELECT userIdentity.sessionContext.sessionIssuer.arn, userIdentity.sessionContext.sessionIssuer.userName, userIdentity.sessionContext.attributes.creationDate, userIdentity.sessionContext.attributes.mfaAuthenticated FROM events
SELECT element_at(requestParameters, 'roleArn'), element_at(requestParameters, 'instanceId'), element_at(requestParameters, 'userName') FROM events
SELECT json_extract_scalar(element_at(responseElements, 'credentials'), '$.accessKeyId') FROM events
SELECT eventName, count(*), min(eventTime), max(eventTime), count(DISTINCT userIdentity.arn) FROM events GROUP BY eventName
SELECT element_at(resources, 1).arn, cardinality(resources), tlsDetails.tlsVersion FROM events
SELECT eventID FROM events WHERE NOT userIdentity.invokedBy LIKE 's3%'
SELECT date_trunc('day', eventTime), count(*) FROM events GROUP BY 1
