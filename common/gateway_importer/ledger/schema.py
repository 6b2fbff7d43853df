"""The ledger's tables. `scratch` is a second file that lives as long as one run."""

VERSION = 2

FIRST = """
CREATE TABLE meta (key TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;
CREATE TABLE run (
    id INTEGER PRIMARY KEY,
    command TEXT NOT NULL,
    started TEXT NOT NULL,
    ended TEXT,
    state TEXT NOT NULL,            -- running, complete, stopped, broken
    facts TEXT                      -- the report's frame, as JSON
);
-- One product of the shop. `digest` covers all that was sent for it.
CREATE TABLE product (
    id TEXT PRIMARY KEY,
    name TEXT NOT NULL,
    digest TEXT NOT NULL DEFAULT '',
    tag TEXT                        -- name of its variant tag
) WITHOUT ROWID;
-- One object at the Gateway. intended: the POST goes out or went out, its outcome is not known;
-- posted: it is there, its guid is not known yet; live; archived; leaving: it is being archived or revived, and the
-- answer is not here.
CREATE TABLE variant (
    product TEXT NOT NULL,
    id TEXT NOT NULL,
    state TEXT NOT NULL,
    guid TEXT,
    doomed TEXT,                    -- a former object that is to be deleted once the new one is there
    sku TEXT NOT NULL,
    own_sku TEXT,                   -- the merchant's, when `sku` was chosen; NULL: restored, not known
    name TEXT NOT NULL,
    intended_at REAL,               -- Unix time
    fields TEXT NOT NULL DEFAULT '{}',
    images TEXT NOT NULL DEFAULT '[]',
    tags TEXT NOT NULL DEFAULT '[]',
    made_by INTEGER,                -- the run that created it; NULL: adopted or restored
    PRIMARY KEY (product, id)
) WITHOUT ROWID;
CREATE INDEX variant_sku ON variant (sku);
CREATE INDEX variant_guid ON variant (guid);
CREATE INDEX variant_unsettled ON variant (state) WHERE state IN ('intended', 'posted');
-- A variant tag's name belongs to one product. sent: the POST goes out or went out; ours: it is there.
CREATE TABLE tag (name TEXT PRIMARY KEY, product TEXT NOT NULL, state TEXT NOT NULL, guid TEXT) WITHOUT ROWID;
CREATE UNIQUE INDEX tag_product ON tag (product);
-- A picture that was placed, or that could not be had (`fault` is JSON; `at` Unix time).
CREATE TABLE image (
    way TEXT NOT NULL,
    key TEXT NOT NULL,
    address TEXT,
    size INTEGER NOT NULL DEFAULT 0,
    fault TEXT,
    at REAL NOT NULL,
    PRIMARY KEY (way, key)
) WITHOUT ROWID;
CREATE TABLE outcome (
    run INTEGER NOT NULL,
    product TEXT NOT NULL,
    outcome TEXT NOT NULL,
    name TEXT NOT NULL,
    code TEXT NOT NULL, cause TEXT NOT NULL, cure TEXT NOT NULL, rule TEXT NOT NULL, detail TEXT NOT NULL,
    page_url TEXT NOT NULL,
    variants INTEGER NOT NULL,
    PRIMARY KEY (run, product)
) WITHOUT ROWID;
CREATE INDEX outcome_by_kind ON outcome (run, outcome);
CREATE TABLE notice (
    run INTEGER NOT NULL, product TEXT NOT NULL, name TEXT NOT NULL, code TEXT NOT NULL, text TEXT NOT NULL
);
CREATE INDEX notice_run ON notice (run);
"""

# What came with form 2.
SINCE_2 = """
-- In how many runs in a row a picture could not be had.
ALTER TABLE image ADD COLUMN faults INTEGER NOT NULL DEFAULT 0;
-- The gross price as it was last sent; NULL: not known.
ALTER TABLE variant ADD COLUMN gross TEXT;
-- A digest of what the shop said when the product was brought in (with all settings that bear on it), and what there
-- was to report of it then, as JSON; NULL where it has to be looked at again in any case.
ALTER TABLE product ADD COLUMN seen BLOB;
ALTER TABLE product ADD COLUMN echo BLOB;
-- Where variants' ids are unique in the whole shop: which product has had one.
CREATE INDEX variant_id ON variant (id);
-- The run that an undo takes back.
ALTER TABLE run ADD COLUMN takes_back INTEGER;
-- What the Gateway held before a run changed an object, field by field, and what was sent instead (`was`, `sent`:
-- compressed JSON; `was` is NULL where the query did not show it). `taken_back`: the undo that restored it.
CREATE TABLE former (
    run INTEGER NOT NULL, product TEXT NOT NULL, variant TEXT NOT NULL, field TEXT NOT NULL,
    guid TEXT NOT NULL, was BLOB, sent BLOB, taken_back INTEGER,
    PRIMARY KEY (run, product, variant, field)
);
CREATE INDEX former_object ON former (product, variant);
-- Prices that a run changed, in grosze.
CREATE TABLE price_change (
    run INTEGER NOT NULL, product TEXT NOT NULL, variant TEXT NOT NULL, name TEXT NOT NULL, sku TEXT NOT NULL,
    was INTEGER NOT NULL, now INTEGER NOT NULL,
    PRIMARY KEY (run, product, variant)
) WITHOUT ROWID;
-- What moved at the shop without moving a product's change date, as it was at the last complete run: a sum of digests
-- by product; '' stands for what concerns all products.
CREATE TABLE moving (id TEXT PRIMARY KEY, sum INTEGER NOT NULL) WITHOUT ROWID;
-- Which run is writing. Renewed while it runs; after `expires` (Unix time) another may take its place.
CREATE TABLE lease (
    only INTEGER PRIMARY KEY CHECK (only = 1), holder TEXT NOT NULL, machine TEXT NOT NULL, expires REAL NOT NULL
);
"""

LEDGER = FIRST + SINCE_2

# What makes a ledger of that form into one of the next; everything in it is added, nothing taken away.
MIGRATIONS = {1: SINCE_2}

SCRATCH = """
-- The ids that the shop lists now.
CREATE TABLE scratch.shop_id (id TEXT PRIMARY KEY) WITHOUT ROWID;
-- The products that a run which reads less has to read, and what moves now (see `moving`).
CREATE TABLE scratch.due (id TEXT PRIMARY KEY) WITHOUT ROWID;
CREATE TABLE scratch.moving (id TEXT PRIMARY KEY, sum INTEGER NOT NULL) WITHOUT ROWID;
CREATE TEMP VIEW moved AS
    SELECT n.id FROM scratch.moving n LEFT JOIN main.moving o ON o.id = n.id WHERE o.sum IS NULL OR o.sum != n.sum
    UNION SELECT id FROM main.moving WHERE id NOT IN (SELECT id FROM scratch.moving);
-- Parts of products whose members lie on several pages. `data` goes when they are joined, `told` is its digest and
-- stays; a member that was only named has neither.
CREATE TABLE scratch.part (
    product TEXT NOT NULL, member TEXT NOT NULL, place INTEGER, told BLOB, data BLOB, PRIMARY KEY (product, member)
) WITHOUT ROWID;
CREATE INDEX scratch.part_open ON part (length(product), product) WHERE data IS NOT NULL;
-- The plan that is being carried out, a line a product.
CREATE TABLE scratch.planned (product TEXT PRIMARY KEY, does TEXT NOT NULL, line BLOB NOT NULL) WITHOUT ROWID;
-- What the Gateway's query shows.
CREATE TABLE scratch.held (
    guid TEXT PRIMARY KEY, sku TEXT NOT NULL, name TEXT NOT NULL, archived INTEGER NOT NULL,
    ours INTEGER NOT NULL, raw BLOB
) WITHOUT ROWID;
CREATE INDEX scratch.held_sku ON held (sku);
CREATE TABLE scratch.held_tag (tag TEXT NOT NULL, guid TEXT NOT NULL, PRIMARY KEY (tag, guid)) WITHOUT ROWID;
CREATE INDEX scratch.held_tag_guid ON held_tag (guid);
-- The names of tags that were at the Gateway before this run made any.
CREATE TABLE scratch.tag_seen (name TEXT PRIMARY KEY, guid TEXT NOT NULL, type TEXT NOT NULL) WITHOUT ROWID;
CREATE INDEX scratch.tag_seen_guid ON tag_seen (guid);
"""
