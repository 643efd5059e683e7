-- Which running instance owns which node number (0..255) of the row ids, until when (store/node.cpp). `holder` is free
-- text; someone's may read "Kĩambu; pid 7 @host@ [1] ${x} \\".
CREATE TABLE nodes (
    node       INTEGER NOT NULL PRIMARY KEY CHECK (node BETWEEN 0 AND 255),
    holder     TEXT    NOT NULL,
    expires_at BIGINT  NOT NULL
);
