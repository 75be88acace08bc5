-- The archive brake: what it stopped waits for an approval.
CREATE TABLE "sync_approvals" (
    "id" UUID NOT NULL DEFAULT gen_random_uuid(),
    "entity" TEXT NOT NULL,
    "direction" TEXT NOT NULL,
    "reason" TEXT NOT NULL,
    "created_at" TIMESTAMPTZ(6) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "closed_at" TIMESTAMPTZ(6),
    "outcome" TEXT,

    CONSTRAINT "sync_approvals_pkey" PRIMARY KEY ("id"),
    CONSTRAINT "sync_approvals_direction_check" CHECK ("direction" IN ('inbound', 'outbound')),
    CONSTRAINT "sync_approvals_outcome_check" CHECK ("outcome" IN ('accepted', 'refused', 'lapsed'))
);

-- One open approval for each entity and direction.
CREATE UNIQUE INDEX "sync_approvals_open_idx" ON "sync_approvals" ("entity", "direction") WHERE "closed_at" IS NULL;

CREATE TABLE "sync_approval_records" (
    "approval_id" UUID NOT NULL,
    "record_id" UUID NOT NULL,

    CONSTRAINT "sync_approval_records_pkey" PRIMARY KEY ("approval_id", "record_id"),
    CONSTRAINT "sync_approval_records_approval_id_fkey" FOREIGN KEY ("approval_id") REFERENCES "sync_approvals" ("id") ON DELETE CASCADE ON UPDATE CASCADE
);

-- What the brake let pass: it counts for an hour. An approved record stays until it is archived.
CREATE TABLE "sync_archives" (
    "entity" TEXT NOT NULL,
    "record_id" UUID NOT NULL,
    "at" TIMESTAMPTZ(6) NOT NULL,
    "approved" BOOLEAN NOT NULL DEFAULT false,

    CONSTRAINT "sync_archives_pkey" PRIMARY KEY ("entity", "record_id")
);
