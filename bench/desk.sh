#!/usr/bin/env bash
# How fast the desk's pages answer for a clinic with 100,000 payments: fills a database, signs in, asks each page as a browser does.
#
#   bench/desk.sh [POSTGRES_URL]     SQLite without an argument; PAYMENTS=20000 fills fewer, ROUNDS=50 asks more often
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
run_sql() { if [[ $CLINICPRO_DATABASE == sqlite:* ]]; then sqlite3 -bail "${CLINICPRO_DATABASE#sqlite:}"; else psql -qv ON_ERROR_STOP=1 "$CLINICPRO_DATABASE"; fi; }
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
INSERT INTO audit (clinic_id, seq, at, actor, action, subject, detail, hash)
    SELECT 1, 1000 + i, ms * 1000, 'mpesa', 'payment.paid', 'x', '{}', $blob FROM n;
COMMIT;
SQL
[[ $CLINICPRO_DATABASE == sqlite:* ]] || echo 'ANALYZE;' | run_sql
echo "$payments payments filled in $((SECONDS - began)) s"

start_server
jar=$stage/cookies
mark=$(curl -fsS -c "$jar" "$server_url/desk/sign-in?clinic=mlimani" | sed -n 's/.*name="mark" value="\([^"]*\)".*/\1/p')
curl -fsS -o /dev/null -b "$jar" -c "$jar" --data-urlencode "mark=$mark" --data-urlencode clinic=mlimani --data-urlencode name=achieng \
    --data-urlencode "password=$DESK_PASSWORD" "$server_url/desk/sign-in"
see() { curl -fsS -b "$jar" "$@"; }
first() { see "$server_url/desk/mlimani$1" | grep -o "/desk/mlimani/$2/[a-z]*_[0-9a-z]*" | head -1; }
payment=$(first /payments payments) invoice=$(first /invoices invoices) visit=$(first /visits visits) me=$(first /people people)
older=$(see "$server_url/desk/mlimani/payments" | grep -o 'before=pay_[0-9a-z]*' | head -1)
middle=$((payments / 2)) slow=0
while read -r path; do
    for ((i = 0; i < rounds; i++)); do see -o "$stage/page" -w '%{time_starttransfer} %{http_code}\n' "$server_url$path"; done | sort -n >"$stage/times"
    awk -v path="$path" -v budget=$budget_ms '$2 != 200 { bad = ", status " $2 } { t[NR] = $1 * 1000 }
        END { median = t[int((NR + 1) / 2)]; printf "%-64s %6.1f ms median, %6.1f worst%s\n", path, median, t[NR], bad; exit bad != "" || median > budget }' \
        "$stage/times" || slow=$((slow + 1))
done <<PAGES
/desk/mlimani
/desk/mlimani/changes
/desk/mlimani/payments
/desk/mlimani/payments?$older
/desk/mlimani/payments?show=paid
/desk/mlimani/payments?show=waiting
/desk/mlimani/payments?show=failed
/desk/mlimani/payments?show=attention
/desk/mlimani/payments?day=$(date -d '-90 days' +%F)
/desk/mlimani/payments?q=R$((100000000 + middle + 1))
/desk/mlimani/payments?q=INV-$middle
/desk/mlimani/payments?q=$((200000000 + middle))
/desk/mlimani/payments?q=678
/desk/mlimani/payments?q=0712345678
/desk/mlimani/payments?q=achieng
/desk/mlimani/payments?q=odhiambo+achieng
/desk/mlimani/payments?q=nobody
$payment
/desk/mlimani/unallocated
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
((slow == 0)) || fail "$slow pages took more than $budget_ms ms at the median."
echo "Every page answered within $budget_ms ms at the median."
