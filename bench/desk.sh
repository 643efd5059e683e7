#!/usr/bin/env bash
# How fast the desk's pages answer for a clinic with 100,000 payments: fills a database, signs in, asks each page as a browser does.
#
#   bench/desk.sh [POSTGRES_URL]     SQLite without an argument; PAYMENTS=20000 fills fewer, ROUNDS=50 asks more often;
#                                    LOOK=1 leaves the server running until a line is typed, to look at the pages
#
# A page that takes more than 100 ms at the median fails the script. docs/numbers.md has the figures and what they do not show.
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
# shellcheck source=demo/stage.sh
source "$here/../demo/stage.sh"
payments=${PAYMENTS:-100000} rounds=${ROUNDS:-20} budget_ms=100
open_stage
[[ $# -eq 0 ]] || export CLINICPRO_DATABASE=$1
clinicpro migrate >/dev/null
clinicpro clinic create mlimani --name "Mlimani Clinic" >/dev/null
export DESK_PASSWORD='mango tree by the lake'
clinicpro user create achieng --clinic mlimani --role admin --full-name "Achieng Odhiambo" --password env:DESK_PASSWORD >/dev/null

# Half a year until now: a patient for every four payments, an invoice for every payment, a visit for every second one. Ids
# are made as the program makes them: milliseconds since 2025 and 22 bits. The filled columns a page would unseal stay empty.
# On PostgreSQL row-level security wants to hear for which clinic the rows are.
run_sql() {
    if [[ $CLINICPRO_DATABASE == sqlite:* ]]; then sqlite3 -bail "${CLINICPRO_DATABASE#sqlite:}"; return; fi
    PGOPTIONS='-c clinicpro.clinic=1' psql -qv ON_ERROR_STOP=1 "$CLINICPRO_DATABASE"
}
blob="x'00'"
[[ $CLINICPRO_DATABASE == sqlite:* ]] || blob="'\\x00'"
now_ms=$(date +%s%3N)
step=$((180 * 86400000 / payments)) patients=$((payments / 4))
began=$SECONDS
run_sql <<SQL
BEGIN;
CREATE TEMPORARY TABLE n (i BIGINT PRIMARY KEY, ms BIGINT);
INSERT INTO n WITH RECURSIVE c (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM c WHERE i < $payments)
    SELECT i, CAST($now_ms AS BIGINT) - CAST($step AS BIGINT) * ($payments - i) - 1000 FROM c;
INSERT INTO patients (clinic_id, id, name, phone_masked, phone_mark, phone_sealed, language, created_at)
    SELECT 1, (ms - 1735689600000) * 4194304 + 1, CASE i % 3 WHEN 0 THEN 'Achieng ' WHEN 1 THEN 'Wanjiru ' ELSE 'Baraka ' END ||
           CASE i % 7 WHEN 0 THEN 'Odhiambo' WHEN 1 THEN 'Kamau' WHEN 2 THEN 'Mutiso' ELSE 'Otieno' END || i,
           '2547*****' || substr(CAST(1000 + i % 1000 AS TEXT), 2), $blob, $blob, 'en', ms * 1000 FROM n WHERE i <= $patients;
INSERT INTO patient_words (clinic_id, word, patient_id)
    SELECT 1, CASE i % 3 WHEN 0 THEN 'achieng' WHEN 1 THEN 'wanjiru' ELSE 'baraka' END, (ms - 1735689600000) * 4194304 + 1 FROM n WHERE i <= $patients
    UNION ALL SELECT 1, CASE i % 7 WHEN 0 THEN 'odhiambo' WHEN 1 THEN 'kamau' WHEN 2 THEN 'mutiso' ELSE 'otieno' END || i,
           (ms - 1735689600000) * 4194304 + 1 FROM n WHERE i <= $patients;
INSERT INTO appointments (clinic_id, id, patient_id, kind, state, title, starts_at, ends_at, link_generation, meeting_generation, created_at, updated_at)
    SELECT 1, (n.ms - 1735689600000) * 4194304 + 2, (p.ms - 1735689600000) * 4194304 + 1, CASE n.i % 4 WHEN 0 THEN 'virtual' ELSE 'onsite' END,
           CASE n.i % 10 WHEN 0 THEN 'cancelled' WHEN 2 THEN 'held' ELSE 'confirmed' END, 'Review', n.ms * 1000 + 7200000000, n.ms * 1000 + 9000000000,
           0, 0, n.ms * 1000, n.ms * 1000 FROM n JOIN n p ON p.i = 1 + n.i % $patients WHERE n.i % 2 = 0;
INSERT INTO invoices (clinic_id, id, reference, account, patient_id, appointment_id, amount_due, amount_paid, state, created_at, updated_at)
    SELECT 1, (n.ms - 1735689600000) * 4194304 + 3, 'INV-' || n.i, CAST(200000000 + n.i AS TEXT), (p.ms - 1735689600000) * 4194304 + 1,
           CASE WHEN n.i % 2 = 0 THEN (n.ms - 1735689600000) * 4194304 + 2 END, 150000, CASE WHEN n.i % 5 = 0 THEN 0 ELSE 150000 END,
           CASE WHEN n.i % 5 = 0 THEN 'open' ELSE 'paid' END, n.ms * 1000, n.ms * 1000 FROM n JOIN n p ON p.i = 1 + n.i % $patients;
INSERT INTO invoice_accounts (clinic_id, account_key, invoice_id)
    SELECT 1, CAST(200000000 + i AS TEXT), (ms - 1735689600000) * 4194304 + 3 FROM n UNION ALL SELECT 1, '1NV' || i, (ms - 1735689600000) * 4194304 + 3 FROM n;
INSERT INTO invoice_items (clinic_id, invoice_id, line, description, quantity, unit_price)
    SELECT 1, (ms - 1735689600000) * 4194304 + 3, 0, 'Consultation', 1, 150000 FROM n;
INSERT INTO transactions (clinic_id, id, method, state, invoice_id, amount_expected, amount_received, amount_allocated, account, receipt, payer_masked,
                          result_code, result_text, witness, attention, created_at, settled_at, updated_at)
    SELECT 1, (ms - 1735689600000) * 4194304 + 4, CASE i % 3 WHEN 0 THEN 'mpesa.c2b' ELSE 'mpesa.stk' END,
           CASE WHEN i % 5 = 0 THEN 'failed' WHEN i % 5000 = 1 THEN 'expired' WHEN i > $payments - 5 THEN 'pending' ELSE 'paid' END,
           (ms - 1735689600000) * 4194304 + 3, 150000, CASE WHEN i % 5 = 0 OR i % 5000 = 1 OR i > $payments - 5 THEN 0 ELSE 150000 END,
           CASE WHEN i % 5 = 0 OR i % 5000 = 1 OR i > $payments - 5 THEN 0 ELSE 150000 END, CAST(200000000 + i AS TEXT),
           CASE WHEN i % 5 = 0 OR i % 5000 = 1 OR i > $payments - 5 THEN NULL ELSE 'R' || CAST(100000000 + i AS TEXT) END,
           '2547*****' || substr(CAST(1000 + i % 1000 AS TEXT), 2), '0', '', 'callback', CASE WHEN i % 2000 = 7 THEN 'Look at this.' END,
           ms * 1000, ms * 1000, ms * 1000 FROM n;
INSERT INTO ledger (clinic_id, id, transaction_id, invoice_id, debit, credit, amount, note, at)
    SELECT 1, (ms - 1735689600000) * 4194304 + 5, (ms - 1735689600000) * 4194304 + 4, NULL, 'mpesa', 'clearing', 150000, '', ms * 1000 FROM n
    WHERE i % 5 <> 0 AND i % 5000 <> 1 AND i <= $payments - 5
    UNION ALL SELECT 1, (ms - 1735689600000) * 4194304 + 6, (ms - 1735689600000) * 4194304 + 4, (ms - 1735689600000) * 4194304 + 3, 'clearing', 'invoice',
    150000, '', ms * 1000 FROM n WHERE i % 5 <> 0 AND i % 5000 <> 1 AND i <= $payments - 5;
INSERT INTO unallocated (clinic_id, id, transaction_id, amount, reason, suggestion, state, resolved_by, created_at)
    SELECT 1, (ms - 1735689600000) * 4194304 + 7, (ms - 1735689600000) * 4194304 + 4, 150000, 'No invoice answers to it.',
           'Probably meant: account ' || substr(CAST(200000000 + i - i % 5 AS TEXT), 1, 3) || ' ' || substr(CAST(200000000 + i - i % 5 AS TEXT), 4, 3) || ' ' ||
           substr(CAST(200000000 + i - i % 5 AS TEXT), 7, 3) || '.', 'open', '', ms * 1000 FROM n WHERE i % 1000 = 3;
INSERT INTO notices (clinic_id, id, effect_key, template, patient_id, amount, rest, channel, state, provider_id, note, created_at)
    SELECT 1, (n.ms - 1735689600000) * 4194304 + 8, 'e' || n.i, 'paid', (p.ms - 1735689600000) * 4194304 + 1, 150000, 0, 'log',
           CASE WHEN n.i % 1000 = 5 THEN 'failed' ELSE 'sent' END, '', '', n.ms * 1000 FROM n JOIN n p ON p.i = 1 + n.i % $patients;
INSERT INTO refunds (clinic_id, id, transaction_id, way, state, amount, amount_done, reason, requested_by, decided_by, payee_masked, originator_id,
                     conversation_id, reference, result_code, result_text, witness, booked, created_at, updated_at)
    SELECT 1, (ms - 1735689600000) * 4194304 + 9, (ms - 1735689600000) * 4194304 + 4, 'by_hand', CASE i % 2000 WHEN 1 THEN 'requested' ELSE 'done' END,
           50000, CASE i % 2000 WHEN 1 THEN 0 ELSE 50000 END, 'The visit was cancelled', 'cli:bench', '', '', '', '',
           CASE i % 2000 WHEN 1 THEN '' ELSE 'V-' || i END, '', '', 'cli:bench', 1, ms * 1000, ms * 1000 FROM n WHERE i % 200 = 1;
-- The sums that the ledger keeps, as migration 0014 makes them of rows that are older than it; waits of 0 to 89 seconds.
INSERT INTO day_sums (clinic_id, day, what, method, code, seconds, n, cents)
    SELECT 1, (at + 10800000000) / 86400000000, 'in', t.method, '', 0, COUNT(*), SUM(l.amount)
    FROM ledger l JOIN transactions t ON t.clinic_id = l.clinic_id AND t.id = l.transaction_id WHERE l.debit = 'mpesa'
    GROUP BY (at + 10800000000) / 86400000000, t.method;
INSERT INTO day_sums (clinic_id, day, what, method, code, seconds, n, cents)
    SELECT 1, day, 'attempt', 'mpesa.stk', code, seconds, COUNT(*), SUM(amount_received) FROM (
        SELECT (created_at + 10800000000) / 86400000000 AS day, amount_received,
               CASE WHEN state = 'failed' THEN 'failed/' || CASE (id / 4194304 / 104729) % 3 WHEN 0 THEN '1032' WHEN 1 THEN '1' ELSE '1037' END ELSE state END AS code,
               CASE WHEN state = 'paid' THEN (id / 4194304 / 7919) % 90 ELSE 0 END AS seconds
        FROM transactions WHERE method = 'mpesa.stk' AND state IN ('paid', 'failed', 'expired')) settled
    GROUP BY day, code, seconds;
INSERT INTO audit (clinic_id, seq, at, actor, action, subject, detail, hash)
    SELECT 1, 1000 + i, ms * 1000, 'mpesa', 'payment.paid', 'x', '{}', $blob FROM n;
COMMIT;
SQL
[[ $CLINICPRO_DATABASE == sqlite:* ]] || echo 'SET client_min_messages = error; ANALYZE;' | run_sql
echo "$payments payments filled in $((SECONDS - began)) s"

# And one payment that went the whole way, with every byte of it, and a refund that is asked for: what its pages show is real.
start_sandbox --quick
start_server
merchant 600986
clinicpro mpesa set --clinic mlimani --environment custom --base-url "$sandbox_url" --shortcode 600986 --consumer-key env:KEY \
    --consumer-secret env:SECRET --passkey env:PASSKEY --callback-url "$server_url" >/dev/null
give_key mlimani
patient=$(api mlimani POST /patients '{"name":"Zawadi Bench","phone":"254712345799"}' | jq -r .id)
bill=$(api mlimani POST /invoices '{"patient_id":"'"$patient"'","amount_cents":150000}' | jq -r .id)
told=$(api mlimani POST "/invoices/$bill/payments" '{}' -H 'Idempotency-Key: bench' | jq -r .id)
for _ in {1..300}; do
    [[ $(api mlimani GET "/payments/$told" | jq -r .state) != paid ]] || break
    sleep 0.1
done
refund=$(api mlimani POST /refunds '{"payment_id":"'"$told"'","way":"by_hand","reason":"The visit was cancelled"}' | jq -r .id)

jar=$stage/cookies
mark=$(curl -fsS -c "$jar" "$server_url/desk/sign-in?clinic=mlimani" | sed -n 's/.*name="mark" value="\([^"]*\)".*/\1/p')
curl -fsS -o /dev/null -b "$jar" -c "$jar" --data-urlencode "mark=$mark" --data-urlencode clinic=mlimani --data-urlencode name=achieng \
    --data-urlencode "password=$DESK_PASSWORD" "$server_url/desk/sign-in"
see() { curl -fsS -b "$jar" "$@"; }
first() { see "$server_url/desk/mlimani$1" | grep -o "/desk/mlimani/$2/[a-z]*_[0-9a-z]*" | sed -n 1p; }
middle=$((payments / 2)) slow=0
payment=$(first "/payments?q=R$((100000000 + middle + 2))" payments) invoice=$(first /invoices invoices) visit=$(first /visits visits) me=$(first /people people)
older=$(see "$server_url/desk/mlimani/payments" | grep -o 'before=pay_[0-9a-z]*' | sed -n 1p)
while read -r path; do
    for ((i = 0; i < rounds; i++)); do curl -sS -b "$jar" -o "$stage/page" -w '%{time_starttransfer} %{http_code}\n' "$server_url$path"; done | sort -n >"$stage/times"
    awk -v path="$path" -v budget=$budget_ms '$2 != 200 { bad = ", status " $2 } { t[NR] = $1 * 1000 }
        END { median = t[int((NR + 1) / 2)]; printf "%-64s %6.1f ms median, %6.1f worst%s\n", path, median, t[NR], bad; exit bad != "" || median > budget }' \
        "$stage/times" || slow=$((slow + 1))
done <<PAGES
/desk/mlimani
/desk/mlimani/payments
/desk/mlimani/payments?$older
/desk/mlimani/payments?show=paid
/desk/mlimani/payments?show=waiting
/desk/mlimani/payments?show=failed
/desk/mlimani/payments?show=attention
/desk/mlimani/payments?day=$(date -d '-90 days' +%F)
/desk/mlimani/payments?q=R$((100000000 + middle + 2))
/desk/mlimani/payments?q=INV-$middle
/desk/mlimani/payments?q=$((200000000 + middle))
/desk/mlimani/payments?q=678
/desk/mlimani/payments?q=0712345678
/desk/mlimani/payments?q=achieng
/desk/mlimani/payments?q=odhiambo+achieng
/desk/mlimani/payments?q=nobody
$payment
$payment/explain
/desk/mlimani/payments/$told
/desk/mlimani/payments/$told/explain
/desk/mlimani/unallocated
/desk/mlimani/refunds
/desk/mlimani/refunds?show=all
/desk/mlimani/refunds/$refund
/desk/mlimani/reports
/desk/mlimani/reports?from=$(date -d '-179 days' +%F)&to=$(date +%F)
/desk/mlimani/reports/payments.csv?from=$(date +%F)&to=$(date +%F)
/desk/mlimani/statement
/desk/mlimani/invoices
/desk/mlimani/invoices?show=due
/desk/mlimani/invoices?show=void
/desk/mlimani/invoices?q=achieng
/desk/mlimani/invoices/new
$invoice
/desk/mlimani/visits
$visit
/desk/mlimani/messages
/desk/mlimani/messages?show=all
/desk/mlimani/people
$me
/desk/account
PAGES
if [[ -n ${LOOK:-} ]]; then
    echo "Sign in at $server_url/desk/sign-in?clinic=mlimani as achieng with: $DESK_PASSWORD"
    read -r || true
fi
((slow == 0)) || fail "$slow pages took more than $budget_ms ms at the median."
echo "Every page answered within $budget_ms ms at the median."
