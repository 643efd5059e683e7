-- Money in general: attempts and payments, the ledger, money that fits nowhere yet, and the inbox of raw notices.
CREATE TABLE transactions (
    clinic_id BIGINT NOT NULL,
    id BIGINT NOT NULL,
    method TEXT NOT NULL,
    state TEXT NOT NULL CHECK (state IN ('created', 'sending', 'pending', 'unknown', 'paid', 'paid_without_receipt',
                                         'failed', 'expired')),
    invoice_id BIGINT,
    amount_expected BIGINT NOT NULL CHECK (amount_expected >= 0),
    amount_received BIGINT NOT NULL,
    amount_allocated BIGINT NOT NULL,
    account TEXT NOT NULL,
    receipt TEXT,
    payer_masked TEXT NOT NULL,
    payer_mark {blob},
    payer_sealed {blob},
    provider_mark {blob},
    provider_sealed {blob},
    result_code TEXT NOT NULL,
    result_text TEXT NOT NULL,
    witness TEXT NOT NULL,
    attention TEXT,
    duplicate_of BIGINT,
    created_at BIGINT NOT NULL,
    sent_at BIGINT,
    settled_at BIGINT,
    updated_at BIGINT NOT NULL,
    PRIMARY KEY (clinic_id, id)
) {clustered};
-- One receipt is one payment, through whatever channel it arrives (promise P-02).
CREATE UNIQUE INDEX transactions_receipt ON transactions (clinic_id, receipt)
    WHERE receipt IS NOT NULL AND duplicate_of IS NULL;
CREATE UNIQUE INDEX transactions_provider ON transactions (clinic_id, provider_mark) WHERE provider_mark IS NOT NULL;
-- One open prompt per clinic, invoice and phone (promise P-05).
CREATE UNIQUE INDEX transactions_open ON transactions (clinic_id, invoice_id, payer_mark)
    WHERE state IN ('created', 'sending', 'pending', 'unknown') AND payer_mark IS NOT NULL;
CREATE INDEX transactions_invoice ON transactions (clinic_id, invoice_id) WHERE invoice_id IS NOT NULL;
CREATE INDEX transactions_attention ON transactions (clinic_id, id) WHERE attention IS NOT NULL;

-- Each row is one balanced movement: amount leaves `debit` and arrives at `credit`.
CREATE TABLE ledger (
    clinic_id BIGINT NOT NULL,
    id BIGINT NOT NULL,
    transaction_id BIGINT NOT NULL,
    invoice_id BIGINT,
    debit TEXT NOT NULL,
    credit TEXT NOT NULL,
    amount BIGINT NOT NULL CHECK (amount > 0),
    note TEXT NOT NULL,
    at BIGINT NOT NULL,
    PRIMARY KEY (clinic_id, id),
    FOREIGN KEY (clinic_id, transaction_id) REFERENCES transactions (clinic_id, id)
) {clustered};

CREATE TABLE unallocated (
    clinic_id BIGINT NOT NULL,
    id BIGINT NOT NULL,
    transaction_id BIGINT NOT NULL,
    amount BIGINT NOT NULL CHECK (amount > 0),
    reason TEXT NOT NULL,
    suggestion TEXT NOT NULL,
    state TEXT NOT NULL CHECK (state IN ('open', 'allocated', 'withdrawn')),
    invoice_id BIGINT,
    resolved_by TEXT NOT NULL,
    created_at BIGINT NOT NULL,
    resolved_at BIGINT,
    PRIMARY KEY (clinic_id, id),
    FOREIGN KEY (clinic_id, transaction_id) REFERENCES transactions (clinic_id, id)
) {clustered};
CREATE INDEX unallocated_open ON unallocated (clinic_id, id) WHERE state = 'open';

-- What providers told us, exactly as it came, sealed with the clinic's key, stored before it is acknowledged (promise P-01).
CREATE TABLE inbox (
    clinic_id BIGINT NOT NULL,
    id BIGINT NOT NULL,
    method TEXT NOT NULL,
    subject BIGINT NOT NULL,
    body {blob} NOT NULL,
    peer TEXT NOT NULL,
    peer_known BIGINT NOT NULL,
    state TEXT NOT NULL CHECK (state IN ('new', 'parked', 'done', 'rejected')),
    note TEXT NOT NULL,
    attempt BIGINT NOT NULL,
    run_at BIGINT NOT NULL,
    received_at BIGINT NOT NULL,
    PRIMARY KEY (clinic_id, id)
) {clustered};
CREATE INDEX inbox_due ON inbox (run_at) WHERE state IN ('new', 'parked');
CREATE INDEX inbox_subject ON inbox (clinic_id, subject) WHERE subject <> 0;
