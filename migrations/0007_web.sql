-- Answers already given under an Idempotency-Key, so that a repeated request repeats the answer and not the deed. The answer
-- may hold a patient's name or link, so it is sealed. status is 0 only inside the transaction that does the deed.
CREATE TABLE idempotency (
    clinic_id BIGINT NOT NULL,
    idempotency_key TEXT NOT NULL,
    fingerprint {blob} NOT NULL,
    status BIGINT NOT NULL,
    answer {blob},
    at BIGINT NOT NULL,
    PRIMARY KEY (clinic_id, idempotency_key)
);
CREATE INDEX idempotency_at ON idempotency (clinic_id, at);
