-- M-Pesa as a payment method: configuration, shared tokens and rate budgets, and which callback URLs are registered.
CREATE TABLE mpesa_config (
    clinic_id BIGINT NOT NULL PRIMARY KEY,
    environment TEXT NOT NULL CHECK (environment IN ('sandbox', 'production', 'custom')),
    base_url TEXT NOT NULL,
    shortcode_kind TEXT NOT NULL CHECK (shortcode_kind IN ('paybill', 'till')),
    shortcode TEXT NOT NULL,
    store_number TEXT NOT NULL,
    callback_base_url TEXT NOT NULL,
    c2b_version TEXT NOT NULL CHECK (c2b_version IN ('v1', 'v2')),
    validation_policy TEXT NOT NULL CHECK (validation_policy IN ('accept_all', 'known_account', 'exact_amount')),
    queries_per_minute BIGINT NOT NULL CHECK (queries_per_minute > 0),
    callback_generation BIGINT NOT NULL,
    active BIGINT NOT NULL,
    updated_at BIGINT NOT NULL
);
-- One access token per (host, consumer key), shared by all instances: a new one may kill the old (daraja.md 1).
-- clinic_id is 0: two clinics under one Daraja app share its token. The token is sealed with the system's key.
-- expires_at: when a new one is fetched, a little before Safaricom forgets this one.
CREATE TABLE mpesa_tokens (
    clinic_id BIGINT NOT NULL,
    name TEXT NOT NULL,
    sealed {blob},
    expires_at BIGINT NOT NULL,
    refreshing_until BIGINT NOT NULL,
    query_free_at BIGINT NOT NULL,
    PRIMARY KEY (clinic_id, name)
);
CREATE TABLE mpesa_c2b_urls (
    clinic_id BIGINT NOT NULL,
    shortcode TEXT NOT NULL,
    state TEXT NOT NULL CHECK (state IN ('asked', 'registered', 'already_registered', 'failed')),
    version TEXT NOT NULL,
    generation BIGINT NOT NULL,
    response TEXT NOT NULL,
    at BIGINT NOT NULL,
    PRIMARY KEY (clinic_id, shortcode)
);
