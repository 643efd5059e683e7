-- When a prompt left, by the clock of the provider that says when money moves. Null: its answer was never seen.
ALTER TABLE transactions ADD COLUMN provider_sent_at BIGINT;
