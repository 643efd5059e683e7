-- People of a clinic (clinic 0: operators of the server), how they sign in, and who tried too often.

-- name: an e-mail address or a short name, lower case. password: Argon2id text, empty until it was first set.
-- totp_sealed: the authenticator's secret; it counts once totp_since is set. totp_step: the last step used.
CREATE TABLE users (
    clinic_id BIGINT NOT NULL REFERENCES clinic_keys (clinic_id),
    id BIGINT NOT NULL,
    name TEXT NOT NULL,
    full_name TEXT NOT NULL,
    role TEXT NOT NULL CHECK (role IN ('operator', 'admin', 'cashier', 'reader')),
    language TEXT NOT NULL CHECK (language IN ('en', 'sw')),
    password TEXT NOT NULL,
    totp_sealed {blob},
    totp_since BIGINT,
    totp_step BIGINT NOT NULL,
    created_at BIGINT NOT NULL,
    signed_in_at BIGINT,
    disabled_at BIGINT,
    PRIMARY KEY (clinic_id, id),
    CHECK ((role = 'operator') = (clinic_id = 0))
) {clustered};
CREATE UNIQUE INDEX users_name ON users (clinic_id, name);

-- One-time links to choose a password; one live link a person. hash: SHA-256 of its 256 random bits.
CREATE TABLE invitations (
    clinic_id BIGINT NOT NULL,
    user_id BIGINT NOT NULL,
    hash {blob} NOT NULL UNIQUE,
    expires_at BIGINT NOT NULL,
    PRIMARY KEY (clinic_id, user_id),
    FOREIGN KEY (clinic_id, user_id) REFERENCES users (clinic_id, id)
) {clustered};

-- mark: keyed fingerprint of a recovery code, so that a stolen table cannot be searched for the codes.
CREATE TABLE recovery_codes (
    clinic_id BIGINT NOT NULL,
    user_id BIGINT NOT NULL,
    mark {blob} NOT NULL,
    used_at BIGINT,
    PRIMARY KEY (clinic_id, user_id, mark),
    FOREIGN KEY (clinic_id, user_id) REFERENCES users (clinic_id, id)
) {clustered};

-- A row is a browser that is signed in (stage 'full') or has only given the password (stage 'code'). hash: SHA-256 of the
-- cookie's 256 random bits. A session that ended is deleted.
CREATE TABLE sessions (
    clinic_id BIGINT NOT NULL,
    id BIGINT NOT NULL,
    user_id BIGINT NOT NULL,
    hash {blob} NOT NULL UNIQUE,
    stage TEXT NOT NULL CHECK (stage IN ('code', 'full')),
    peer TEXT NOT NULL,
    browser TEXT NOT NULL,
    created_at BIGINT NOT NULL,
    seen_at BIGINT NOT NULL,
    PRIMARY KEY (clinic_id, id),
    FOREIGN KEY (clinic_id, user_id) REFERENCES users (clinic_id, id)
) {clustered};
CREATE INDEX sessions_user ON sessions (clinic_id, user_id);

-- Refused sign-ins by account and by address, shared by all instances. mark: keyed fingerprint; an address stands under
-- clinic 0.
CREATE TABLE sign_in_failures (
    clinic_id BIGINT NOT NULL,
    mark {blob} NOT NULL,
    failures BIGINT NOT NULL,
    blocked_until BIGINT NOT NULL,
    at BIGINT NOT NULL,
    PRIMARY KEY (clinic_id, mark)
) {clustered};
CREATE INDEX sign_in_failures_at ON sign_in_failures (at);

-- What the desk looks for. A payment is found by the end of the payer's number (the only part Safaricom always shows), by
-- what was typed when it fits no invoice, and by its state when that is not the ordinary one: a payment that goes well
-- costs one entry.
CREATE INDEX transactions_phone_end ON transactions (clinic_id, (substr(payer_masked, length(payer_masked) - 2)), id);
CREATE INDEX transactions_typed ON transactions (clinic_id, account, id) WHERE invoice_id IS NULL;
CREATE INDEX transactions_troubled ON transactions (clinic_id, state, id)
    WHERE state IN ('unknown', 'failed', 'expired', 'paid_without_receipt');
CREATE INDEX invoices_state ON invoices (clinic_id, state, id) WHERE state <> 'paid';
CREATE INDEX invoices_patient ON invoices (clinic_id, patient_id, id);
CREATE INDEX notices_failed ON notices (clinic_id, id) WHERE state = 'failed';
CREATE INDEX notices_invoice ON notices (clinic_id, invoice_id, id) WHERE invoice_id IS NOT NULL;
CREATE INDEX notices_appointment ON notices (clinic_id, appointment_id, id) WHERE appointment_id IS NOT NULL;
CREATE INDEX inbox_troubled ON inbox (clinic_id, id) WHERE state IN ('parked', 'rejected');
CREATE INDEX jobs_dead ON jobs (clinic_id, id) WHERE state = 'dead';

-- A patient is found by how any word of the name begins. Words are in lower case.
CREATE TABLE patient_words (
    clinic_id BIGINT NOT NULL,
    word TEXT {bytewise} NOT NULL,
    patient_id BIGINT NOT NULL,
    PRIMARY KEY (clinic_id, word, patient_id),
    FOREIGN KEY (clinic_id, patient_id) REFERENCES patients (clinic_id, id)
) {clustered};
INSERT INTO patient_words (clinic_id, word, patient_id)
WITH RECURSIVE cut (clinic_id, patient_id, word, rest) AS (
    SELECT clinic_id, id, '', lower(name) || ' ' FROM patients
    UNION ALL
    SELECT clinic_id, patient_id, substr(rest, 1, {position}(rest, ' ') - 1), substr(rest, {position}(rest, ' ') + 1)
    FROM cut WHERE rest <> ''
)
SELECT DISTINCT clinic_id, word, patient_id FROM cut WHERE word <> '';
