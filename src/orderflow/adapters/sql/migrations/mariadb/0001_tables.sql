-- orderflow, schema 1, for MariaDB 10.6 and newer.
--
-- Moments are whole microseconds since 1970 UTC. Texts that are compared or put in order are compared byte by byte, with
-- their trailing spaces (utf8mb4_nopad_bin), so that every database gives the same order. The CHECKs are not decoration:
-- counters are changed by differences, and a change that would promise more than there is fails here, whatever the
-- isolation level.
--
-- MariaDB commits after every CREATE. Where this was broken off, run all of it again: nothing is made twice.

CREATE TABLE IF NOT EXISTS orderflow_meta (
    name VARCHAR(255) NOT NULL PRIMARY KEY,
    value BIGINT NOT NULL
) ENGINE = InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin;

-- One row for each stream: its last version and seal. Writers of a stream meet at this row.
CREATE TABLE IF NOT EXISTS orderflow_heads (
    stream VARCHAR(255) NOT NULL PRIMARY KEY,
    version BIGINT NOT NULL CHECK (version > 0),
    seal VARBINARY(32) NOT NULL
) ENGINE = InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin;

-- What happened, never changed. "mark" is the same in all rows of one commit, and of no other.
CREATE TABLE IF NOT EXISTS orderflow_events (
    stream VARCHAR(255) NOT NULL,
    version BIGINT NOT NULL CHECK (version > 0),
    name VARCHAR(255) NOT NULL,
    payload LONGTEXT NOT NULL,
    actor TEXT NOT NULL,
    occurred_at BIGINT NOT NULL,
    recorded_at BIGINT NOT NULL,
    seal VARBINARY(32) NOT NULL,
    mark BIGINT NOT NULL,
    PRIMARY KEY (stream, version)
) ENGINE = InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin;

CREATE TABLE IF NOT EXISTS orderflow_counters (
    counter VARCHAR(255) NOT NULL PRIMARY KEY,
    value BIGINT NOT NULL CHECK (value >= 0),
    held BIGINT NOT NULL CHECK (held >= 0),
    beyond BIGINT NOT NULL CHECK (beyond >= 0),
    CHECK (held <= value + beyond)
) ENGINE = InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin;

-- The parts of counters that many want at once. What a counter has is the sum of its own row and its buckets.
CREATE TABLE IF NOT EXISTS orderflow_buckets (
    counter VARCHAR(255) NOT NULL,
    bucket BIGINT NOT NULL CHECK (bucket >= 0),
    value BIGINT NOT NULL,
    held BIGINT NOT NULL CHECK (held >= 0),
    PRIMARY KEY (counter, bucket),
    CHECK (held <= value)
) ENGINE = InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin;

CREATE TABLE IF NOT EXISTS orderflow_holds (
    owner VARCHAR(255) NOT NULL,
    counter VARCHAR(255) NOT NULL,
    quantity BIGINT NOT NULL CHECK (quantity > 0),
    ends_at BIGINT,
    beyond BIGINT NOT NULL,
    PRIMARY KEY (owner, counter),
    CHECK (beyond BETWEEN 0 AND quantity),
    KEY by_end (counter, ends_at)
) ENGINE = InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin;

CREATE TABLE IF NOT EXISTS orderflow_ledger (
    number BIGINT NOT NULL AUTO_INCREMENT PRIMARY KEY,
    counter VARCHAR(255) NOT NULL,
    owner VARCHAR(255) NOT NULL,
    kind VARCHAR(255) NOT NULL,
    value BIGINT NOT NULL,
    held BIGINT NOT NULL,
    at BIGINT NOT NULL,
    KEY of_counter (counter, number)
) ENGINE = InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin;

-- What is to be done. A row that is leased has its stream as its lane; two rows cannot have the same lane.
CREATE TABLE IF NOT EXISTS orderflow_work (
    id VARCHAR(500) NOT NULL PRIMARY KEY,
    stream VARCHAR(255) NOT NULL,
    kind VARCHAR(255) NOT NULL,
    payload LONGTEXT NOT NULL,
    due_at BIGINT NOT NULL,
    attempts BIGINT NOT NULL,
    state VARCHAR(10) NOT NULL CHECK (state IN ('due', 'done', 'parked')),
    note LONGTEXT NOT NULL,
    lease BIGINT,
    lane VARCHAR(255),
    CHECK (lease IS NULL OR state = 'due'),
    CHECK (lane IS NULL OR (lease IS NOT NULL AND lane = stream)),
    UNIQUE KEY one_lane (lane),
    KEY by_due (state, due_at, id),
    KEY of_stream (stream, due_at, id),
    KEY by_lease (lease)
) ENGINE = InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin;

-- Request ids of the host that were answered.
CREATE TABLE IF NOT EXISTS orderflow_receipts (
    request VARCHAR(500) NOT NULL PRIMARY KEY,
    fingerprint VARCHAR(255) NOT NULL,
    stream VARCHAR(255) NOT NULL,
    version BIGINT NOT NULL
) ENGINE = InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin;

-- Personal data and whatever else may be erased.
CREATE TABLE IF NOT EXISTS orderflow_records (
    kind VARCHAR(255) NOT NULL,
    name VARCHAR(255) NOT NULL,
    subject VARCHAR(255) NOT NULL,
    data LONGTEXT NOT NULL,
    at BIGINT NOT NULL,
    PRIMARY KEY (kind, name),
    KEY of_subject (subject)
) ENGINE = InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin;

-- How orders are found; can be made again from the events.
CREATE TABLE IF NOT EXISTS orderflow_orders (
    stream VARCHAR(255) NOT NULL PRIMARY KEY,
    reference VARCHAR(255) NOT NULL,
    status VARCHAR(255) NOT NULL,
    placed_at BIGINT NOT NULL,
    customer VARCHAR(255),
    numbers LONGTEXT NOT NULL,
    KEY by_status (status, stream),
    KEY by_customer (customer, stream)
) ENGINE = InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin;

CREATE TABLE IF NOT EXISTS orderflow_names (
    name VARCHAR(255) NOT NULL PRIMARY KEY,
    stream VARCHAR(255) NOT NULL
) ENGINE = InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin;

INSERT INTO orderflow_meta (name, value) VALUES ('schema', 1) ON DUPLICATE KEY UPDATE value = 1;
