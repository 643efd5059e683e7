-- What trying a channel found last, beside the account that was tried; an empty note: it works. Null: not tried since it changed.
ALTER TABLE messaging_config ADD COLUMN sms_tried_at BIGINT;
ALTER TABLE messaging_config ADD COLUMN sms_trial_note TEXT NOT NULL DEFAULT '';
ALTER TABLE messaging_config ADD COLUMN mail_tried_at BIGINT;
ALTER TABLE messaging_config ADD COLUMN mail_trial_note TEXT NOT NULL DEFAULT '';
