-- Messages that really go out: who carries them, what the networks said, texts of a clinic's own, and reminders.

-- How a clinic's messages travel. clinic_id 0 is the default for every clinic without a row of its own. The API key and the
-- mail password are sealed credentials. Quiet hours are minutes of the East African day; equal ones mean none.
CREATE TABLE messaging_config (
    clinic_id BIGINT NOT NULL PRIMARY KEY,
    sms BIGINT NOT NULL,
    mail BIGINT NOT NULL,
    sms_environment TEXT NOT NULL CHECK (sms_environment IN ('live', 'sandbox', 'custom')),
    sms_base_url TEXT NOT NULL,
    sms_username TEXT NOT NULL,
    sms_sender TEXT NOT NULL,
    mail_host TEXT NOT NULL,
    mail_port BIGINT NOT NULL,
    mail_security TEXT NOT NULL CHECK (mail_security IN ('starttls', 'tls', 'none')),
    mail_username TEXT NOT NULL,
    mail_from TEXT NOT NULL,
    mail_from_name TEXT NOT NULL,
    quiet_from BIGINT NOT NULL,
    quiet_until BIGINT NOT NULL,
    report_generation BIGINT NOT NULL,
    updated_at BIGINT NOT NULL
);

-- A clinic's own wording, in place of the one the program carries.
CREATE TABLE message_texts (
    clinic_id BIGINT NOT NULL,
    template TEXT NOT NULL,
    language TEXT NOT NULL CHECK (language IN ('en', 'sw')),
    words TEXT NOT NULL,
    updated_at BIGINT NOT NULL,
    PRIMARY KEY (clinic_id, template, language)
) {clustered};

-- Delivery reports that came before the answer that names their message; clinic_id is the account's. Kept for a day.
CREATE TABLE sms_reports (
    clinic_id BIGINT NOT NULL,
    provider_id TEXT NOT NULL,
    delivery TEXT NOT NULL,
    note TEXT NOT NULL,
    at BIGINT NOT NULL,
    PRIMARY KEY (clinic_id, provider_id)
) {clustered};

ALTER TABLE patients ADD COLUMN email_masked TEXT NOT NULL DEFAULT '';
ALTER TABLE patients ADD COLUMN email_sealed {blob};

-- revision: raised at each change a patient is told of. remind_at: when the next reminder is due; null: none.
ALTER TABLE appointments ADD COLUMN revision BIGINT NOT NULL DEFAULT 0;
ALTER TABLE appointments ADD COLUMN remind_at BIGINT;

-- notices, made anew with: 'dropped' (no longer true when its turn came); receipt: of money given back; account: whose
-- account carried it, 0 for the server's; unknowns: endings that left open whether it went out; parts: SMS it cost; delivery: what the network reported.
CREATE TABLE notices_next (
    clinic_id BIGINT NOT NULL,
    id BIGINT NOT NULL,
    effect_key TEXT NOT NULL,
    template TEXT NOT NULL,
    patient_id BIGINT NOT NULL,
    invoice_id BIGINT,
    appointment_id BIGINT,
    transaction_id BIGINT,
    amount BIGINT NOT NULL,
    rest BIGINT NOT NULL,
    channel TEXT NOT NULL,
    state TEXT NOT NULL CHECK (state IN ('queued', 'sent', 'failed', 'dropped')),
    body_sealed {blob},
    provider_id TEXT NOT NULL,
    note TEXT NOT NULL,
    created_at BIGINT NOT NULL,
    sent_at BIGINT,
    receipt TEXT NOT NULL DEFAULT '',
    account BIGINT NOT NULL DEFAULT 0,
    unknowns BIGINT NOT NULL DEFAULT 0,
    parts BIGINT NOT NULL DEFAULT 0,
    delivery TEXT NOT NULL DEFAULT '' CHECK (delivery IN ('', 'under_way', 'undelivered', 'delivered', 'failed')),
    PRIMARY KEY (clinic_id, id),
    FOREIGN KEY (clinic_id, patient_id) REFERENCES patients (clinic_id, id)
) {clustered};
INSERT INTO notices_next (clinic_id, id, effect_key, template, patient_id, invoice_id, appointment_id, transaction_id, amount,
                          rest, channel, state, body_sealed, provider_id, note, created_at, sent_at)
    SELECT clinic_id, id, effect_key, template, patient_id, invoice_id, appointment_id, transaction_id, amount,
           rest, channel, state, body_sealed, provider_id, note, created_at, sent_at FROM notices;
DROP TABLE notices;
ALTER TABLE notices_next RENAME TO notices;
CREATE UNIQUE INDEX notices_effect ON notices (clinic_id, effect_key);
CREATE INDEX notices_provider ON notices (account, provider_id) WHERE provider_id <> '';
CREATE INDEX notices_visit ON notices (clinic_id, appointment_id) WHERE appointment_id IS NOT NULL AND state = 'queued';
