-- Answers already given under an Idempotency-Key, so that a repeated request repeats the answer and not the deed.
CREATE TABLE idempotency (
    clinic_id BIGINT NOT NULL,
    idempotency_key TEXT NOT NULL,
    fingerprint {blob} NOT NULL,
    status BIGINT NOT NULL,
    body TEXT NOT NULL,
    at BIGINT NOT NULL,
    PRIMARY KEY (clinic_id, idempotency_key)
);
