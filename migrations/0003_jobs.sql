-- The durable queue. A finished job is deleted; a dead one waits for a person.
-- run_at: when ready, not before this; when leased, when the lease lapses.
CREATE TABLE jobs (
    clinic_id BIGINT NOT NULL,
    id BIGINT NOT NULL,
    kind TEXT NOT NULL,
    subject BIGINT NOT NULL,
    state TEXT NOT NULL CHECK (state IN ('ready', 'leased', 'dead')),
    run_at BIGINT NOT NULL,
    attempt BIGINT NOT NULL,
    fence BIGINT NOT NULL,
    step TEXT NOT NULL,
    note TEXT NOT NULL,
    created_at BIGINT NOT NULL,
    PRIMARY KEY (clinic_id, id)
) {clustered};
CREATE INDEX jobs_due ON jobs (run_at) WHERE state <> 'dead';
CREATE INDEX jobs_subject ON jobs (clinic_id, subject);
