-- Each secret that a webhook had signs for a day after its end, however many changes follow: whoever changes it again because no
-- answer came would otherwise push out the only one that his receiver knows.
CREATE TABLE webhook_old_secrets (
    clinic_id BIGINT NOT NULL,
    endpoint_id BIGINT NOT NULL,
    number BIGINT NOT NULL,
    secret_sealed {blob} NOT NULL,
    signs_until BIGINT NOT NULL,
    PRIMARY KEY (clinic_id, endpoint_id, number),
    FOREIGN KEY (clinic_id, endpoint_id) REFERENCES webhook_endpoints (clinic_id, id)
) {clustered};
INSERT INTO webhook_old_secrets (clinic_id, endpoint_id, number, secret_sealed, signs_until)
    SELECT clinic_id, id, 1, old_secret_sealed, old_until FROM webhook_endpoints WHERE old_secret_sealed IS NOT NULL;
UPDATE webhook_endpoints SET old_secret_sealed = NULL;  -- stays, for an older server beside this one
