-- A list of more than two values after IN makes SQLite fill a table of its own with them, each time it looks at the condition:
-- for a CHECK at each row that is written, for an index with a WHERE even twice. A payment paid a dozen times for that. The same
-- conditions with OR are comparisons and nothing else.
DROP INDEX transactions_open;
CREATE UNIQUE INDEX transactions_open ON transactions (clinic_id, invoice_id, payer_mark)
    WHERE payer_mark IS NOT NULL AND (state = 'created' OR state = 'sending' OR state = 'pending' OR state = 'unknown');
DROP INDEX transactions_troubled;
CREATE INDEX transactions_troubled ON transactions (clinic_id, state, id)
    WHERE state = 'unknown' OR state = 'failed' OR state = 'expired' OR state = 'paid_without_receipt';
-- SQLite can change a CHECK only by making the table anew, or in the text of the schema, which is how its manual says to do it when
-- no row changes ("Making Other Kinds Of Table Schema Changes"); RESET reads the changed text.
{sqlite:
PRAGMA writable_schema = ON;
UPDATE sqlite_schema SET sql = replace(sql, 'state IN (''created'', ''sending'', ''pending'', ''unknown'', ''paid'', ''paid_without_receipt'',
                                         ''failed'', ''expired'')',
    'state = ''created'' OR state = ''sending'' OR state = ''pending'' OR state = ''unknown'' OR state = ''paid'' OR
    state = ''paid_without_receipt'' OR state = ''failed'' OR state = ''expired''')
    WHERE type = 'table' AND name = 'transactions';
UPDATE sqlite_schema SET sql = replace(sql, 'state IN (''new'', ''parked'', ''done'', ''rejected'')',
    'state = ''new'' OR state = ''parked'' OR state = ''done'' OR state = ''rejected''')
    WHERE type = 'table' AND name = 'inbox';
UPDATE sqlite_schema SET sql = replace(sql, 'state IN (''open'', ''allocated'', ''withdrawn'')',
    'state = ''open'' OR state = ''allocated'' OR state = ''withdrawn''')
    WHERE type = 'table' AND name = 'unallocated';
UPDATE sqlite_schema SET sql = replace(sql, 'state IN (''ready'', ''leased'', ''dead'')',
    'state = ''ready'' OR state = ''leased'' OR state = ''dead''')
    WHERE type = 'table' AND name = 'jobs';
UPDATE sqlite_schema SET sql = replace(sql, 'state IN (''open'', ''part_paid'', ''paid'', ''overpaid'', ''void'')',
    'state = ''open'' OR state = ''part_paid'' OR state = ''paid'' OR state = ''overpaid'' OR state = ''void''')
    WHERE type = 'table' AND name = 'invoices';
UPDATE sqlite_schema SET sql = replace(sql, 'state IN (''held'', ''confirmed'', ''completed'', ''cancelled'', ''released'')',
    'state = ''held'' OR state = ''confirmed'' OR state = ''completed'' OR state = ''cancelled'' OR state = ''released''')
    WHERE type = 'table' AND name = 'appointments';
UPDATE sqlite_schema SET sql = replace(sql, 'state IN (''wanted'', ''pending'', ''ready'', ''failed'', ''cancelled'')',
    'state = ''wanted'' OR state = ''pending'' OR state = ''ready'' OR state = ''failed'' OR state = ''cancelled''')
    WHERE type = 'table' AND name = 'meetings';
UPDATE sqlite_schema SET sql = replace(sql, 'verb IN ('''', ''create'', ''find'', ''update'', ''cancel'')',
    'verb = '''' OR verb = ''create'' OR verb = ''find'' OR verb = ''update'' OR verb = ''cancel''')
    WHERE type = 'table' AND name = 'meetings';
UPDATE sqlite_schema SET sql = replace(sql, 'state IN (''queued'', ''sent'', ''failed'', ''dropped'')',
    'state = ''queued'' OR state = ''sent'' OR state = ''failed'' OR state = ''dropped''')
    WHERE type = 'table' AND name = 'notices';
UPDATE sqlite_schema SET sql = replace(sql, 'delivery IN ('''', ''under_way'', ''undelivered'', ''delivered'', ''failed'')',
    'delivery = '''' OR delivery = ''under_way'' OR delivery = ''undelivered'' OR delivery = ''delivered'' OR delivery = ''failed''')
    WHERE type = 'table' AND name = 'notices';
UPDATE sqlite_schema SET sql = replace(sql, 'state IN (''queued'', ''delivered'', ''failed'')',
    'state = ''queued'' OR state = ''delivered'' OR state = ''failed''')
    WHERE type = 'table' AND name = 'webhook_deliveries';
PRAGMA writable_schema = RESET;
:sqlite}
