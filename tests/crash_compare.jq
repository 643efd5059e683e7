# Compares the sandbox's ledger of truth with the server's books, row by row. Called by tests/crash_test.sh.
#
# In:  {plan, ledger, pushes, deliveries, direct, clinics: [{shortcode, payments, invoices, visits, notices, unallocated,
#      inbox, audit}]}. With $all, every word Safaricom had to say was acknowledged by now; without, only some.
# Out: one line for each promise, "ok NAME" or "FAILED NAME: the first few rows that break it".

def verdict($name; $broken):
  if ($broken | length) == 0 then "ok \($name)"
  else "FAILED \($name): \($broken | length) rows, such as \($broken[:4] | tojson)" end;

# An account number is one invoice's only together with the shortcode: two clinics may have drawn the same digits.
def place: "\(.shortcode) \(.account)";

.ledger |= map(.account |= if test("[^0-9A-Za-z-]") then gsub("[^0-9A-Za-z-]"; "") else . end)  # a payer types blanks
| . as $in
| [.clinics[] | .shortcode as $shortcode | .payments[] | .shortcode = $shortcode] as $payments
| [.clinics[] | .shortcode as $shortcode | .invoices[] | .shortcode = $shortcode] as $invoices
| [.clinics[].unallocated[]] as $unallocated
| ($invoices | INDEX(.id)) as $invoice
| ([.clinics[].visits[]] | INDEX(.id)) as $visit
| ($invoices | INDEX(place)) as $by_place
| (.ledger | INDEX(.receipt)) as $truth
| (.ledger | map(select(.checkout_request_id != "")) | INDEX(.checkout_request_id)) as $by_checkout
# What the server acknowledged: callbacks of the sandbox that got their 200, and those that the test posted itself.
| ([.deliveries[] | select(any(.attempts[]; .status == 200)) | .about] + .direct | unique
   | map($truth[.].receipt // $by_checkout[.].receipt // empty) | unique) as $acknowledged
| ($payments | map(select(.duplicate_of == null and .receipt != null)) | group_by(.receipt)
   | map({key: .[0].receipt, value: .}) | from_entries) as $booked
| (.ledger | group_by(place) | map({key: .[0] | place, value: {count: length, sum: (map(.amount * 100) | add)}}) | from_entries) as $paid_to

| def same_once($receipts): [$receipts[] | . as $r | ($booked[$r] // []) as $rows
      | select(($rows | length) != 1 or $rows[0].received_cents != $truth[$r].amount * 100)
      | {receipt: $r, ledger: $truth[$r].amount, booked: ($rows | map(.received_cents))}];

  verdict("every acknowledged receipt is booked exactly once, with its amount"; same_once($acknowledged)),
  verdict("nothing is booked that the ledger does not know";
      [$payments[] | select(.received_cents != 0)
       | select(if .receipt == null then ($by_place[place] == null or $paid_to[place] == null)
                else $truth[.receipt] == null end) | {id, state, receipt, received_cents}]),
  verdict("a status query books every prompt that was paid and whose ids are known";
      [$payments[] | select(.method == "mpesa.stk" and .state == "pending" and $paid_to[place] != null) | {id, state, account}]),
  verdict("a second notice of booked money books nothing";
      [$payments[] | select(.duplicate_of != null and .received_cents != 0) | {id, received_cents}]),
  verdict("a person was prompted at most once for each wish";
      ([.pushes | group_by(place)[] | select(length > 1) | {account: .[0].account, prompts: length}]
       + [.pushes[] | select($by_place[place] == null) | {account}])),
  verdict("the audit trail is whole"; [.clinics[] | select(.audit.whole != true) | .audit]),
  (if $all then
    verdict("every receipt of the ledger is booked exactly once, with its amount"; same_once([.ledger[].receipt])),
    verdict("the sums of the ledger and of the books are equal";
        [.clinics[] | . as $c
         | {shortcode, ledger: ([$in.ledger[] | select(.shortcode == $c.shortcode) | .amount * 100] | add // 0),
            received: ([.payments[].received_cents] | add // 0),
            placed: (([.invoices[].amount_paid_cents] | add // 0)
                     + ([.unallocated[] | select(.state == "open") | .amount_cents] | add // 0))}
         | select(.ledger != .received or .received != .placed)]),
    verdict("each invoice shows what was paid to it";
        [$invoices[] | ($paid_to[place].sum // 0) as $sum
         | (if $sum == 0 then "open" elif $sum < .amount_due_cents then "part_paid"
            elif $sum == .amount_due_cents then "paid" else "overpaid" end) as $state
         | select(.amount_paid_cents != ([$sum, .amount_due_cents] | min) or .state != $state)
         | {account, due: .amount_due_cents, ledger: $sum, paid: .amount_paid_cents, state}]),
    verdict("each paid visit is confirmed, a virtual one with one ready meeting, an onsite one with none";
        [$invoices[] | $visit[.appointment_id] as $v | (.state == "paid" or .state == "overpaid") as $paid
         | ($paid and $v.kind == "virtual") as $meets
         | select($v.state != (if $paid then "confirmed" else "held" end)
                  or (if $meets then ($v.meeting.state != "ready" or $v.meeting.has_link != true) else $v.meeting != null end))
         | {account, state, visit: $v.state, kind: $v.kind, meeting: $v.meeting}]),
    verdict("each payment is told to its patient once";
        ([.clinics[].notices[]] | group_by(.invoice_id) | map({key: .[0].invoice_id, value: .}) | from_entries) as $told
        | [$invoices[] | ($told[.id] // []) as $rows
           | select(($rows | length) != ($paid_to[place].count // 0) or any($rows[]; .state != "sent"))
           | {account, paid: ($paid_to[place].count // 0), told: ($rows | map(.state + " " + .template))}]),
    verdict("money that fits nowhere is listed, each once, and nothing else is";
        ([.ledger[] | select($by_place[place] == null) | .receipt]) as $strays
        | ([$invoices[] | ($paid_to[place].sum // 0) - .amount_due_cents | select(. > 0)] | add // 0) as $over
        | ([$unallocated[] | select(.state == "open") | .receipt | select(. as $r | $strays | index([$r]))] | sort) as $listed
        | [{strays: ($strays | sort), listed: $listed} | select(.strays != .listed)]
          + [{over: $over, listed: ([$unallocated[] | select(.state == "open")
                | select(.receipt as $r | $strays | index([$r]) | not) | .amount_cents] | add // 0)} | select(.over != .listed)]),
    verdict("every notice in the inbox was dealt with";
        [.clinics[].inbox[] | select(.state != "done") | {id, method, state, note}]),
    verdict("every paid payment has its receipt"; [$payments[] | select(.state == "paid_without_receipt") | {id, account}])
  else empty end)
