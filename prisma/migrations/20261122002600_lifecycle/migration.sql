-- What an approval was made of, and for whom a vote was cast: nothing yet, from here on whoever decides about them.

-- AlterTable
ALTER TABLE "approval" ADD COLUMN "derived_from" TEXT;

-- AlterTable
ALTER TABLE "vote" ADD COLUMN "on_behalf_of" TEXT;
