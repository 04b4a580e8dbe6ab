-- Questions whose rows have an order.

SELECT eventID, errorCode FROM events ORDER BY errorCode, eventID
SELECT eventID, errorCode FROM events ORDER BY errorCode DESC NULLS LAST, eventID DESC LIMIT 50
SELECT eventID, eventTime FROM events ORDER BY eventTime NULLS FIRST, eventID
SELECT eventID FROM events ORDER BY length(eventName), 1 OFFSET 10 LIMIT 20
SELECT eventName, count(*) AS n FROM events GROUP BY eventName ORDER BY n DESC, eventName
SELECT eventName FROM events GROUP BY eventName ORDER BY count(*) DESC, eventName
SELECT DISTINCT eventName FROM events ORDER BY eventName DESC
