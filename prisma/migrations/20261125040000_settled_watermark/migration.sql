ALTER TABLE sync_sources
  -- Until when, by Notion's clock, pages may still turn up that were edited in the watermark's minute; null: all have been listed.
  ADD COLUMN unsettled_until timestamptz,
  -- The schema was not as remembered: it is read before anything is done by it.
  ADD COLUMN doubted boolean NOT NULL DEFAULT false;
UPDATE sync_sources SET unsettled_until = watermark + interval '4 minutes' WHERE watermark IS NOT NULL;
