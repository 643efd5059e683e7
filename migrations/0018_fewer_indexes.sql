-- A payment writes one entry into each index of each table that it touches. These were written and never needed:
-- another index begins with the same columns (visits by their start; messages by their visit), or only providers whose
-- meetings are looked for in a list or told about by a webhook need them, and rooms of our own are neither.
DROP INDEX appointments_start;
DROP INDEX notices_visit;
DROP INDEX meetings_end;
CREATE INDEX meetings_end ON meetings (clinic_id, provider, ends_at) WHERE provider <> 'simple';
DROP INDEX meetings_provider;
CREATE INDEX meetings_provider ON meetings (clinic_id, provider, provider_id)
    WHERE provider <> 'simple' AND provider_id <> '';
-- The few that could not be made or taken away are looked for among all of a clinic's meetings.
CREATE INDEX meetings_failed ON meetings (clinic_id, id) WHERE state = 'failed';
