-- What providers say about meetings by themselves: held, and over. Written before the provider is answered. Events come
-- twice and in any order, so the row is the event: its key makes a second one nothing. No names, no addresses.
CREATE TABLE meeting_events (
    clinic_id BIGINT NOT NULL,
    meeting_id BIGINT NOT NULL,
    kind TEXT NOT NULL CHECK (kind IN ('started', 'ended')),
    instance TEXT NOT NULL,
    happened_at BIGINT NOT NULL,
    received_at BIGINT NOT NULL,
    PRIMARY KEY (clinic_id, meeting_id, kind, instance, happened_at),
    FOREIGN KEY (clinic_id, meeting_id) REFERENCES meetings (clinic_id, id)
) {clustered};
CREATE INDEX meetings_provider ON meetings (clinic_id, provider, provider_id) WHERE provider_id <> '';
