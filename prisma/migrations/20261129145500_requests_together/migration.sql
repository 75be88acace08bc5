-- A look at a page and the write that relies on it are taken from the budget together: a wait between them would be
-- time in which an edit of that page is overwritten.
DROP FUNCTION lockstep_take_request(text, integer, text, boolean);

-- Counts requests as sent and gives null, or gives the milliseconds to wait before asking again.
-- One in thirty is kept for urgent work; of what is scarce, an entity that has had less and waits goes first.
CREATE FUNCTION lockstep_take_request(wanted_api text, per_minute integer, for_entity text, urgent boolean, requests integer DEFAULT 1) RETURNS double precision LANGUAGE plpgsql AS $$
DECLARE
  budget request_budget;
  moment timestamptz;
  recent timestamptz[];
  recent_for text[];
  allowed integer := per_minute - CASE WHEN urgent THEN 0 ELSE per_minute / 30 END;
  wanted integer := greatest(1, least(requests, allowed));
  spare integer;
  ahead integer := 0;
  wait double precision;
BEGIN
  INSERT INTO request_budget (api) VALUES (wanted_api) ON CONFLICT DO NOTHING;
  SELECT * INTO budget FROM request_budget WHERE api = wanted_api FOR UPDATE;
  moment := clock_timestamp();
  IF budget.paused_until > moment THEN
    RETURN ceil(extract(epoch FROM budget.paused_until - moment) * 1000);
  END IF;
  SELECT coalesce(array_agg(s.at ORDER BY s.at), '{}'), coalesce(array_agg(s.entity ORDER BY s.at), '{}') INTO recent, recent_for
    FROM unnest(budget.sent_at, budget.sent_for) AS s(at, entity) WHERE s.at > moment - interval '60 seconds';
  spare := allowed - cardinality(recent);
  IF spare < wanted THEN
    wait := ceil(extract(epoch FROM recent[cardinality(recent) - allowed + wanted] + interval '60 seconds' - moment) * 1000);
  ELSIF NOT urgent THEN
    -- Whoever waits asks again within a second; two without a word, and it has gone.
    SELECT count(*) INTO ahead FROM jsonb_each_text(budget.waiting) AS w(entity, at)
      WHERE w.entity <> for_entity AND w.at::float8 > extract(epoch FROM moment) - 2
        AND cardinality(array_positions(recent_for, w.entity)) < cardinality(array_positions(recent_for, for_entity));
    IF spare - wanted < ahead THEN
      wait := 100;
    END IF;
  END IF;
  IF wait IS NULL THEN
    UPDATE request_budget SET sent_at = recent || array_fill(moment, ARRAY[wanted]), sent_for = recent_for || array_fill(for_entity, ARRAY[wanted]), waiting = waiting - for_entity WHERE api = wanted_api;
  ELSE
    UPDATE request_budget SET waiting = waiting || jsonb_build_object(for_entity, extract(epoch FROM moment)) WHERE api = wanted_api;
  END IF;
  RETURN wait;
END
$$;
