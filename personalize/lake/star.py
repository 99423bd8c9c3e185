"""The tables of an export, as SQL over `people`, `links` and `stays`: facts around visitors.

People's events only: bots count nowhere, and what the system tells itself is no behaviour.
Times are milliseconds in the lake and timestamps (UTC) here.
"""

EXPOSURES = ("Variant Served", "Variant Seen", "Variant Clicked")

# What a typed text (`rules.typed`) says, and the number that it is.
MACROS = """
CREATE TEMP MACRO told(texts, name) AS CASE left(texts[name], 1)
  WHEN 's' THEN substr(texts[name], 2)
  WHEN 'n' THEN substr(texts[name], 2)
  WHEN 'b' THEN if(texts[name] = 'b1', 'true', 'false') END;
CREATE TEMP MACRO counted(texts, name) AS
  CASE WHEN left(texts[name], 1) = 'n' THEN try_cast(substr(texts[name], 2) AS DOUBLE) END;
"""

# lake: the rows of the days asked for, and a day more on either side. A person is the user whom a
# visitor turned out to be, else the visitor.
PEOPLE = """
CREATE TEMP VIEW people AS
SELECT lake.*, subject AS visitor_id, coalesce(links."user", subject) AS person_id,
  day BETWEEN '{first_day}' AND '{last_day}' AS is_asked_for
FROM lake LEFT JOIN links ON lake.subject = links.visitor
WHERE bot = '' AND type NOT IN ('link', 'merge', 'tick', 'backfill')
"""

# As profiles do it: a session ends when a visitor's own program is silent for the gap.
VISITS = """
CREATE TEMP TABLE visits AS
SELECT shard, sequence, number, person_id, max(if(begins, timestamp, NULL)) OVER ordered AS began_at
FROM (
  SELECT shard, sequence, number, person_id, timestamp,
    coalesce(timestamp - lag(timestamp) OVER (
      PARTITION BY person_id ORDER BY timestamp, shard, sequence, number) > {gap}, true) AS begins
  FROM people WHERE source = 'browser' OR context['device'] IS NOT NULL)
WINDOW ordered AS (PARTITION BY person_id ORDER BY timestamp, shard, sequence, number)
"""

PLACED = """
CREATE TEMP VIEW placed AS
SELECT people.*, visits.person_id || '@' || began_at AS session_id
FROM people LEFT JOIN visits USING (shard, sequence, number)
"""

EVENTS = f"""
SELECT shard || '-' || sequence || '-' || number AS event_id, visitor_id, person_id, session_id,
  day::DATE AS day, epoch_ms(timestamp) AS occurred_at, epoch_ms(received_at) AS received_at,
  type, event, source,
  coalesce(told(context, 'path'), told(properties, 'path')) AS path,
  told(properties, 'product_id') AS product_id, told(properties, 'category') AS category,
  counted(properties, 'price') AS price, counted(properties, 'quantity') AS quantity,
  told(properties, 'order_id') AS order_id,
  coalesce(counted(properties, 'revenue'), counted(properties, 'total')) AS revenue,
  told(properties, 'currency') AS currency, body AS properties
FROM placed WHERE is_asked_for AND event NOT IN {EXPOSURES}
"""  # noqa: S608  # constants

SESSIONS = """
SELECT session_id, arg_min(visitor_id, timestamp) AS visitor_id, any_value(person_id) AS person_id,
  min(timestamp // 86400000 * 86400000).epoch_ms()::DATE AS day,
  epoch_ms(min(timestamp)) AS started_at, epoch_ms(max(timestamp)) AS ended_at,
  (max(timestamp) - min(timestamp)) // 1000 AS seconds,
  count(*) AS events, count(*) FILTER (type IN ('page', 'screen')) AS page_views,
  arg_min(told(context, 'path'), timestamp) FILTER (type IN ('page', 'screen')) AS entry_path,
  arg_max(told(context, 'path'), timestamp) FILTER (type IN ('page', 'screen')) AS exit_path,
  arg_min(told(context, 'referrer_type'), timestamp) AS referrer_type,
  arg_min(told(context, 'utm_source'), timestamp) AS utm_source,
  arg_min(told(context, 'utm_medium'), timestamp) AS utm_medium,
  arg_min(told(context, 'utm_campaign'), timestamp) AS utm_campaign,
  arg_min(told(context, 'device'), timestamp) AS device,
  arg_min(told(context, 'country'), timestamp) AS country,
  count(*) FILTER (event = 'Order Completed') AS orders,
  sum(coalesce(counted(properties, 'revenue'), counted(properties, 'total')))
    FILTER (event = 'Order Completed') AS revenue
FROM placed WHERE session_id IS NOT NULL
GROUP BY session_id HAVING bool_or(is_asked_for)
"""

VISITORS = """
SELECT coalesce(seen.visitor_id, stays.visitor_id) AS visitor_id,
  coalesce(seen.person_id, stays.person_id) AS person_id,
  coalesce(seen.person_id, stays.person_id) LIKE 'u:%' AS is_known,
  first_seen_at, last_seen_at, coalesce(events, 0) AS events,
  device, browser, os, country, language
FROM (
  SELECT visitor_id, any_value(person_id) AS person_id,
    epoch_ms(min(timestamp)) AS first_seen_at, epoch_ms(max(timestamp)) AS last_seen_at,
    count(*) AS events,
    arg_max(told(context, 'device'), timestamp) AS device,
    arg_max(told(context, 'browser'), timestamp) AS browser,
    arg_max(told(context, 'os'), timestamp) AS os,
    arg_max(told(context, 'country'), timestamp) AS country,
    arg_max(told(context, 'language'), timestamp) AS language
  FROM people WHERE is_asked_for GROUP BY visitor_id) AS seen
FULL JOIN (
  SELECT DISTINCT visitor_id, coalesce(links."user", visitor_id) AS person_id
  FROM stays LEFT JOIN links ON stays.visitor_id = links.visitor) AS stays USING (visitor_id)
"""

MEMBERSHIPS = """
SELECT visitor_id, coalesce(links."user", visitor_id) AS person_id, segment, segment_name,
  epoch_ms(entered_at) AS entered_at, epoch_ms(exited_at) AS exited_at
FROM stays LEFT JOIN links ON stays.visitor_id = links.visitor
"""

EXPOSED = f"""
SELECT shard || '-' || sequence || '-' || number AS event_id, visitor_id, person_id,
  day::DATE AS day, epoch_ms(timestamp) AS occurred_at,
  CASE event WHEN 'Variant Seen' THEN 'seen' WHEN 'Variant Clicked' THEN 'clicked' ELSE 'served' END
    AS kind, told(properties, 'exposure') AS exposure,
  told(properties, 'slot') AS slot, told(properties, 'variant') AS variant,
  told(properties, 'experiment') AS experiment, told(properties, 'arm') AS arm,
  told(properties, 'reason') AS reason,
  coalesce(told(context, 'path'), told(context, 'page.path')) AS path
FROM people WHERE is_asked_for AND event IN {EXPOSURES}
"""  # noqa: S608  # constants

TABLES: dict[str, str] = {
    "events": EVENTS,
    "sessions": SESSIONS,
    "visitors": VISITORS,
    "memberships": MEMBERSHIPS,
    "exposures": EXPOSED,
}
