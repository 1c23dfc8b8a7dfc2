import { expect, test } from "vitest"
import { examine } from "@/lib/db/examination"
import { freshDatabase } from "../support/database"
import { withClient } from "../support/postgres"

test.each([["app.tenant"], ["app.tenants"], ["app.lookup"]])(
  "a role that gave itself a default for %s does not serve: nothing set has to mean no rows",
  async (setting) => {
    const { appUrl, ownerUrl, close } = await freshDatabase()
    const urls = { appUrl, ownerUrl, directUrl: appUrl }
    await expect(examine(urls)).resolves.toEqual({ isPooled: false })

    await withClient(appUrl, async (client) => {
      const database = client.escapeIdentifier(client.database ?? "")
      await client.query(`ALTER ROLE CURRENT_USER IN DATABASE ${database} SET ${setting} = 'ten_any'`)
    })
    await expect(examine(urls)).rejects.toThrow("could bypass row-level security (its connections begin with")
    await close()
  },
)
