import { expect, inject, test } from "vitest"
import { examine } from "@/lib/db/examination"
import { appRole } from "@/lib/db/embedded/roles"
import { freshDatabase } from "../support/database"
import { withClient } from "../support/postgres"

test.each([["app.tenant"], ["app.tenants"], ["app.lookup"]])(
  "a role that has a default for %s does not serve: nothing set has to mean no rows",
  async (setting) => {
    const { appUrl, ownerUrl, close } = await freshDatabase()
    const urls = { appUrl, ownerUrl, directUrl: appUrl }
    await expect(examine(urls)).resolves.toEqual({ isPooled: false })

    await withClient(inject("postgres").superuserUrl, (client) =>
      client.query(
        `ALTER ROLE ${appRole} IN DATABASE ${new URL(appUrl).pathname.slice(1)} SET ${setting} = 'ten_any'`,
      ),
    )
    await expect(examine(urls)).rejects.toThrow("could bypass row-level security (its connections begin with")
    await close()
  },
)
