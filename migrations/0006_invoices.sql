-- What a payment means to a clinic: patients, invoices, appointments, meetings, notices.
CREATE TABLE patients (
    clinic_id BIGINT NOT NULL,
    id BIGINT NOT NULL,
    name TEXT NOT NULL,
    phone_masked TEXT NOT NULL,
    phone_mark {blob} NOT NULL,
    phone_sealed {blob} NOT NULL,
    language TEXT NOT NULL CHECK (language IN ('en', 'sw')),
    created_at BIGINT NOT NULL,
    PRIMARY KEY (clinic_id, id)
) {clustered};
CREATE INDEX patients_phone ON patients (clinic_id, phone_mark);

CREATE TABLE appointments (
    clinic_id BIGINT NOT NULL,
    id BIGINT NOT NULL,
    patient_id BIGINT NOT NULL,
    kind TEXT NOT NULL CHECK (kind IN ('virtual', 'onsite')),
    state TEXT NOT NULL CHECK (state IN ('held', 'confirmed', 'completed', 'cancelled', 'released')),
    title TEXT NOT NULL,
    starts_at BIGINT NOT NULL,
    ends_at BIGINT NOT NULL CHECK (ends_at > starts_at),
    link_generation BIGINT NOT NULL,
    meeting_generation BIGINT NOT NULL,
    hold_until BIGINT,
    created_at BIGINT NOT NULL,
    updated_at BIGINT NOT NULL,
    PRIMARY KEY (clinic_id, id),
    FOREIGN KEY (clinic_id, patient_id) REFERENCES patients (clinic_id, id)
) {clustered};
CREATE INDEX appointments_start ON appointments (clinic_id, starts_at);

CREATE TABLE invoices (
    clinic_id BIGINT NOT NULL,
    id BIGINT NOT NULL,
    reference TEXT NOT NULL,
    account TEXT NOT NULL,
    patient_id BIGINT NOT NULL,
    appointment_id BIGINT,
    amount_due BIGINT NOT NULL CHECK (amount_due > 0),
    amount_paid BIGINT NOT NULL CHECK (amount_paid >= 0),
    state TEXT NOT NULL CHECK (state IN ('open', 'part_paid', 'paid', 'overpaid', 'void')),
    created_at BIGINT NOT NULL,
    updated_at BIGINT NOT NULL,
    PRIMARY KEY (clinic_id, id),
    FOREIGN KEY (clinic_id, patient_id) REFERENCES patients (clinic_id, id),
    FOREIGN KEY (clinic_id, appointment_id) REFERENCES appointments (clinic_id, id)
) {clustered};
CREATE INDEX invoices_appointment ON invoices (clinic_id, appointment_id) WHERE appointment_id IS NOT NULL;

-- Every text a payer may type for an invoice, in the form that survives typing; unique, so it names one invoice.
CREATE TABLE invoice_accounts (
    clinic_id BIGINT NOT NULL,
    account_key TEXT NOT NULL,
    invoice_id BIGINT NOT NULL,
    PRIMARY KEY (clinic_id, account_key),
    FOREIGN KEY (clinic_id, invoice_id) REFERENCES invoices (clinic_id, id)
) {clustered};

CREATE TABLE invoice_items (
    clinic_id BIGINT NOT NULL,
    invoice_id BIGINT NOT NULL,
    line BIGINT NOT NULL,
    description TEXT NOT NULL,
    quantity BIGINT NOT NULL CHECK (quantity > 0),
    unit_price BIGINT NOT NULL CHECK (unit_price >= 0),
    PRIMARY KEY (clinic_id, invoice_id, line),
    FOREIGN KEY (clinic_id, invoice_id) REFERENCES invoices (clinic_id, id)
) {clustered};

-- Who makes a clinic's meetings. clinic_id 0 is the default for every clinic without a current row of its own. Earlier
-- providers stay known, because a meeting is moved and cancelled by the one that made it.
CREATE TABLE meeting_config (
    clinic_id BIGINT NOT NULL,
    provider TEXT NOT NULL,
    base_url TEXT NOT NULL,
    is_current BIGINT NOT NULL,
    updated_at BIGINT NOT NULL,
    PRIMARY KEY (clinic_id, provider)
) {clustered};

-- Access tokens of meeting providers, sealed, shared by a clinic's operations.
CREATE TABLE meeting_grants (
    clinic_id BIGINT NOT NULL,
    provider TEXT NOT NULL,
    sealed {blob} NOT NULL,
    expires_at BIGINT NOT NULL,
    api_url TEXT NOT NULL,
    PRIMARY KEY (clinic_id, provider)
) {clustered};

-- verb and memo: the operation under way with the provider; step: its request that was sent and is not answered, and until
-- when an answer may come. starts_at, ends_at: what the provider was last told.
CREATE TABLE meetings (
    clinic_id BIGINT NOT NULL,
    id BIGINT NOT NULL,
    appointment_id BIGINT NOT NULL,
    generation BIGINT NOT NULL,
    provider TEXT NOT NULL,
    state TEXT NOT NULL CHECK (state IN ('wanted', 'pending', 'ready', 'failed', 'cancelled')),
    provider_id TEXT NOT NULL,
    url_sealed {blob},
    passcode_sealed {blob},
    verb TEXT NOT NULL CHECK (verb IN ('', 'create', 'find', 'update', 'cancel')),
    memo TEXT NOT NULL,
    step TEXT NOT NULL,
    answer_until BIGINT NOT NULL,
    starts_at BIGINT NOT NULL,
    ends_at BIGINT NOT NULL,
    note TEXT NOT NULL,
    created_at BIGINT NOT NULL,
    updated_at BIGINT NOT NULL,
    PRIMARY KEY (clinic_id, id),
    FOREIGN KEY (clinic_id, appointment_id) REFERENCES appointments (clinic_id, id)
) {clustered};
-- One live meeting per appointment and generation (promise P-06).
CREATE UNIQUE INDEX meetings_live ON meetings (clinic_id, appointment_id, generation);

-- Messages to patients. effect_key makes each message one message ("paid:<invoice>:<transaction>:<received>"). The text
-- holds the patient's link, so it is sealed. rest: what is still due, or too much, when the message was wanted.
CREATE TABLE notices (
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
    state TEXT NOT NULL CHECK (state IN ('queued', 'sent', 'failed')),
    body_sealed {blob},
    provider_id TEXT NOT NULL,
    note TEXT NOT NULL,
    created_at BIGINT NOT NULL,
    sent_at BIGINT,
    PRIMARY KEY (clinic_id, id),
    FOREIGN KEY (clinic_id, patient_id) REFERENCES patients (clinic_id, id)
) {clustered};
CREATE UNIQUE INDEX notices_effect ON notices (clinic_id, effect_key);
