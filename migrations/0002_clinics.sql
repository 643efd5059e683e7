-- Tenants: their numbers, data keys, secrets, API keys and audit trail. Clinic 0 is the system itself: it has a key,
-- may have credentials, API keys and audit entries, and is no clinic.

CREATE TABLE clinic_numbers (
    one BIGINT PRIMARY KEY CHECK (one = 1),
    last BIGINT NOT NULL
) {clustered};
INSERT INTO clinic_numbers (one, last) VALUES (1, 0);

-- Committed before anything can be sealed with it, and never changed afterwards but by rotation of the master key.
CREATE TABLE clinic_keys (
    clinic_id BIGINT PRIMARY KEY CHECK (clinic_id BETWEEN 0 AND 16777215),
    wrapped {blob} NOT NULL
) {clustered};

CREATE TABLE clinics (
    clinic_id BIGINT PRIMARY KEY REFERENCES clinic_keys (clinic_id) CHECK (clinic_id > 0),
    slug TEXT NOT NULL UNIQUE,
    name TEXT NOT NULL,
    status TEXT NOT NULL CHECK (status IN ('active', 'suspended')),
    created_at BIGINT NOT NULL
) {clustered};

CREATE TABLE credentials (
    clinic_id BIGINT NOT NULL REFERENCES clinic_keys (clinic_id),
    name TEXT NOT NULL,
    sealed {blob} NOT NULL,
    updated_at BIGINT NOT NULL,
    PRIMARY KEY (clinic_id, name)
) {clustered};

CREATE TABLE api_keys (
    clinic_id BIGINT NOT NULL REFERENCES clinic_keys (clinic_id),
    key_id BIGINT NOT NULL UNIQUE,
    role TEXT NOT NULL CHECK (role IN ('operator', 'admin', 'cashier', 'reader')),
    label TEXT NOT NULL,
    hash {blob} NOT NULL,
    created_at BIGINT NOT NULL,
    revoked_at BIGINT,
    PRIMARY KEY (clinic_id, key_id),
    CHECK ((role = 'operator') = (clinic_id = 0))
) {clustered};

-- No foreign key: every payment appends here, and on PostgreSQL the check would lock the clinic's row each time.
CREATE TABLE audit (
    clinic_id BIGINT NOT NULL,
    seq BIGINT NOT NULL CHECK (seq > 0),
    at BIGINT NOT NULL,
    actor TEXT NOT NULL,
    action TEXT NOT NULL,
    subject TEXT NOT NULL,
    detail TEXT NOT NULL,
    hash {blob} NOT NULL,
    PRIMARY KEY (clinic_id, seq)
) {clustered};
