-- Webhooks: where a clinic wants to hear what happened, and what became of each message. What happened stands in the audit
-- trail; an endpoint remembers up to which entry it was told (cursor_seq). types: public types separated by blanks; '' is all.
-- old_secret_sealed signs beside the new one until old_until, so that a receiver can change over without losing a message.
CREATE TABLE webhook_endpoints (
    clinic_id BIGINT NOT NULL,
    id BIGINT NOT NULL,
    url TEXT NOT NULL,
    label TEXT NOT NULL,
    types TEXT NOT NULL,
    secret_sealed {blob} NOT NULL,
    old_secret_sealed {blob},
    old_until BIGINT,
    state TEXT NOT NULL CHECK (state IN ('active', 'stopped', 'gone')),
    cursor_seq BIGINT NOT NULL,
    created_at BIGINT NOT NULL,
    updated_at BIGINT NOT NULL,
    PRIMARY KEY (clinic_id, id)
) {clustered};

-- seq 0 is a test message.
CREATE TABLE webhook_deliveries (
    clinic_id BIGINT NOT NULL,
    id BIGINT NOT NULL,
    endpoint_id BIGINT NOT NULL,
    seq BIGINT NOT NULL,
    type TEXT NOT NULL,
    state TEXT NOT NULL CHECK (state IN ('queued', 'delivered', 'failed')),
    tries BIGINT NOT NULL,
    answer_status BIGINT,
    note TEXT NOT NULL,
    created_at BIGINT NOT NULL,
    updated_at BIGINT NOT NULL,
    PRIMARY KEY (clinic_id, id),
    FOREIGN KEY (clinic_id, endpoint_id) REFERENCES webhook_endpoints (clinic_id, id)
) {clustered};
CREATE INDEX webhook_deliveries_endpoint ON webhook_deliveries (clinic_id, endpoint_id, id);
