-- The choice of a meeting provider in full. settings: what is not secret, by name; secrets are credentials. version moves with
-- every change, so that what was made from an earlier one is not used any more.
ALTER TABLE meeting_config ADD COLUMN settings TEXT NOT NULL DEFAULT '{}';
ALTER TABLE meeting_config ADD COLUMN version BIGINT NOT NULL DEFAULT 0;
ALTER TABLE meeting_config ADD COLUMN checked_at BIGINT;
ALTER TABLE meeting_config ADD COLUMN check_note TEXT NOT NULL DEFAULT '';

-- The providers to fall back to, in order. Without a row nothing is ever made elsewhere.
CREATE TABLE meeting_fallback (
    clinic_id BIGINT NOT NULL,
    place BIGINT NOT NULL,
    provider TEXT NOT NULL,
    PRIMARY KEY (clinic_id, place)
) {clustered};

-- The accounts at providers, under the clinic whose settings lead there (0: the default's). sealed: the access token, shared
-- by all operations; asked_until: somebody is fetching one. broken_at: the provider does not let us in any more, and nothing
-- is asked there until the settings change.
DROP TABLE meeting_grants;
CREATE TABLE meeting_connections (
    clinic_id BIGINT NOT NULL,
    provider TEXT NOT NULL,
    account TEXT NOT NULL,
    version BIGINT NOT NULL,
    sealed {blob},
    expires_at BIGINT NOT NULL,
    api_url TEXT NOT NULL,
    asked_until BIGINT NOT NULL,
    broken_at BIGINT,
    note TEXT NOT NULL,
    PRIMARY KEY (clinic_id, provider, account)
) {clustered};

-- Who holds the meeting at the provider, such as the practitioner's e-mail address; empty: the only one there is.
ALTER TABLE appointments ADD COLUMN host TEXT NOT NULL DEFAULT '';

-- owner: whose settings made it (the clinic's, or 0 for the default; -1: made before this was kept). leaving: it is being made
-- sure that nothing is left at this provider, before the next one is asked.
ALTER TABLE meetings ADD COLUMN owner BIGINT NOT NULL DEFAULT -1;
ALTER TABLE meetings ADD COLUMN host TEXT NOT NULL DEFAULT '';
ALTER TABLE meetings ADD COLUMN leaving BIGINT NOT NULL DEFAULT 0;
ALTER TABLE meetings ADD COLUMN fell_back_from TEXT NOT NULL DEFAULT '';
ALTER TABLE meetings ADD COLUMN fell_back_why TEXT NOT NULL DEFAULT '';
CREATE INDEX meetings_end ON meetings (clinic_id, provider, ends_at);

-- Looking through what providers hold for meetings that nobody wants any more. One row per account that made meetings.
-- host, memo, step, todo: where the sweep under way stands; the numbers are of the last finished one.
CREATE TABLE meeting_sweeps (
    clinic_id BIGINT NOT NULL,
    id BIGINT NOT NULL,
    provider TEXT NOT NULL,
    owner BIGINT NOT NULL,
    phase TEXT NOT NULL CHECK (phase IN ('idle', 'listing', 'removing')),
    host TEXT NOT NULL,
    memo TEXT NOT NULL,
    todo TEXT NOT NULL,
    turns BIGINT NOT NULL,
    listed BIGINT NOT NULL,
    removed BIGINT NOT NULL,
    strangers BIGINT NOT NULL,
    note TEXT NOT NULL,
    started_at BIGINT,
    finished_at BIGINT,
    PRIMARY KEY (clinic_id, id)
) {clustered};
CREATE UNIQUE INDEX meeting_sweeps_account ON meeting_sweeps (clinic_id, provider, owner);

-- Consents that somebody is giving in a browser just now. Taken once, when the browser comes back, and soon too old.
CREATE TABLE meeting_consents (
    clinic_id BIGINT NOT NULL,
    id BIGINT NOT NULL,
    provider TEXT NOT NULL,
    verifier_sealed {blob} NOT NULL,
    redirect_uri TEXT NOT NULL,
    actor TEXT NOT NULL,
    expires_at BIGINT NOT NULL,
    PRIMARY KEY (clinic_id, id)
) {clustered};
