-- Money that goes back. A refund is asked for by one person and approved by another; the payment it is of stays paid.
-- amount_held: of refunds that are asked for or under way; amount_refunded: of those that are done.
ALTER TABLE transactions ADD COLUMN amount_held BIGINT NOT NULL DEFAULT 0;
ALTER TABLE transactions ADD COLUMN amount_refunded BIGINT NOT NULL DEFAULT 0;
-- While a row is open, refund_id holds it for that refund; once it is withdrawn, that refund took it.
ALTER TABLE unallocated ADD COLUMN refund_id BIGINT;
CREATE INDEX unallocated_transaction ON unallocated (clinic_id, transaction_id);

-- Who signs a request that moves money out (daraja.md 5.2); the password is a sealed credential.
ALTER TABLE mpesa_config ADD COLUMN initiator_name TEXT NOT NULL DEFAULT '';
ALTER TABLE mpesa_config ADD COLUMN initiator_certificate TEXT NOT NULL DEFAULT '';
ALTER TABLE mpesa_config ADD COLUMN payout_shortcode TEXT NOT NULL DEFAULT '';

-- reference: the receipt of the money that went back, or the paper that proves it. booked: 1 once the invoices took
-- notice of how it ended.
CREATE TABLE refunds (
    clinic_id BIGINT NOT NULL,
    id BIGINT NOT NULL,
    transaction_id BIGINT NOT NULL,
    way TEXT NOT NULL CHECK (way IN ('reversal', 'payout', 'by_hand')),
    state TEXT NOT NULL CHECK (state IN ('requested', 'approved', 'sending', 'pending', 'unknown', 'done', 'failed',
                                         'rejected', 'cancelled')),
    amount BIGINT NOT NULL CHECK (amount > 0),
    amount_done BIGINT NOT NULL CHECK (amount_done >= 0),
    reason TEXT NOT NULL,
    requested_by TEXT NOT NULL,
    decided_by TEXT NOT NULL,
    payee_masked TEXT NOT NULL,
    payee_sealed {blob},
    originator_id TEXT NOT NULL,
    conversation_id TEXT NOT NULL,
    reference TEXT NOT NULL,
    result_code TEXT NOT NULL,
    result_text TEXT NOT NULL,
    witness TEXT NOT NULL,
    attention TEXT,
    booked BIGINT NOT NULL,
    created_at BIGINT NOT NULL,
    decided_at BIGINT,
    sent_at BIGINT,
    settled_at BIGINT,
    updated_at BIGINT NOT NULL,
    PRIMARY KEY (clinic_id, id),
    FOREIGN KEY (clinic_id, transaction_id) REFERENCES transactions (clinic_id, id)
) {clustered};
CREATE INDEX refunds_transaction ON refunds (clinic_id, transaction_id);
CREATE INDEX refunds_open ON refunds (clinic_id, id)
    WHERE state IN ('requested', 'approved', 'sending', 'pending', 'unknown');
-- One proof is one refund.
CREATE UNIQUE INDEX refunds_reference ON refunds (clinic_id, reference) WHERE reference <> '';

-- Which payment a notice turned out to be about, when its address did not say: a paybill payment's confirmation.
ALTER TABLE inbox ADD COLUMN transaction_id BIGINT;
CREATE INDEX inbox_transaction ON inbox (clinic_id, transaction_id) WHERE transaction_id IS NOT NULL;

-- What we asked a provider about one payment or refund, and what it answered: sealed, without secrets.
CREATE TABLE exchanges (
    clinic_id BIGINT NOT NULL,
    id BIGINT NOT NULL,
    subject BIGINT NOT NULL,
    direction TEXT NOT NULL CHECK (direction IN ('out', 'in')),
    step TEXT NOT NULL,
    summary TEXT NOT NULL,
    body_sealed {blob} NOT NULL,
    at BIGINT NOT NULL,
    PRIMARY KEY (clinic_id, id)
) {clustered};
CREATE INDEX exchanges_subject ON exchanges (clinic_id, subject);

-- The trail of one thing, without reading all of it.
CREATE INDEX audit_subject ON audit (clinic_id, subject);

-- Sums of each East African day (day: days since 1970 in EAT), kept in the transaction that changes what they sum up, so
-- that a report of a year reads a few hundred rows. what: 'in', 'unallocated', 'assigned', 'refund', 'attempt', 'link'.
CREATE TABLE day_sums (
    clinic_id BIGINT NOT NULL,
    day BIGINT NOT NULL,
    what TEXT NOT NULL,
    method TEXT NOT NULL,
    code TEXT NOT NULL,
    seconds BIGINT NOT NULL,
    n BIGINT NOT NULL,
    cents BIGINT NOT NULL,
    PRIMARY KEY (clinic_id, day, what, method, code, seconds)
) {clustered};
INSERT INTO day_sums (clinic_id, day, what, method, code, seconds, n, cents)
    SELECT l.clinic_id, (l.at + 10800000000) / 86400000000, 'in', t.method, '', 0,
           SUM(CASE WHEN l.debit = 'mpesa' THEN 1 ELSE 0 END),
           SUM(CASE WHEN l.debit = 'mpesa' THEN l.amount ELSE -l.amount END)
    FROM ledger l JOIN transactions t ON t.clinic_id = l.clinic_id AND t.id = l.transaction_id
    WHERE (l.debit = 'mpesa' AND l.credit = 'clearing') OR (l.debit = 'clearing' AND l.credit = 'mpesa')
    GROUP BY l.clinic_id, (l.at + 10800000000) / 86400000000, t.method;
INSERT INTO day_sums (clinic_id, day, what, method, code, seconds, n, cents)
    SELECT clinic_id, (at + 10800000000) / 86400000000, 'unallocated', '', '', 0,
           SUM(CASE WHEN credit = 'unallocated' THEN 1 ELSE 0 END),
           SUM(CASE WHEN credit = 'unallocated' THEN amount ELSE -amount END)
    FROM ledger
    WHERE (debit = 'clearing' AND credit = 'unallocated') OR (debit = 'unallocated' AND credit = 'clearing')
    GROUP BY clinic_id, (at + 10800000000) / 86400000000;
INSERT INTO day_sums (clinic_id, day, what, method, code, seconds, n, cents)
    SELECT clinic_id, (at + 10800000000) / 86400000000, 'assigned', '', '', 0, COUNT(*), SUM(amount)
    FROM ledger WHERE debit = 'unallocated' AND credit = 'invoice'
    GROUP BY clinic_id, (at + 10800000000) / 86400000000;
INSERT INTO day_sums (clinic_id, day, what, method, code, seconds, n, cents)
    SELECT clinic_id, day, 'attempt', method, code, seconds, COUNT(*), SUM(amount_received) FROM (
        SELECT clinic_id, (created_at + 10800000000) / 86400000000 AS day, method, amount_received,
               CASE WHEN state = 'failed' THEN 'failed/' || SUBSTR(result_code, 1, 32) ELSE state END AS code,
               CASE WHEN state = 'paid' OR state = 'paid_without_receipt'
                    THEN (settled_at - COALESCE(sent_at, settled_at)) / 1000000 ELSE 0 END AS seconds
        FROM transactions WHERE method = 'mpesa.stk' AND settled_at IS NOT NULL) settled
    GROUP BY clinic_id, day, method, code, seconds;
-- Confirmed visits that ended and that nobody completed are counted from here.
CREATE INDEX appointments_report ON appointments (clinic_id, starts_at, state, ends_at);
