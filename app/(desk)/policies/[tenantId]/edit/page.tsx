import type { Metadata } from "next"
import { redirect } from "next/navigation"
import { DeskPage } from "@/components/layout/desk-page"
import { PolicyEditor } from "@/components/policies/policy-editor"
import { policyPath } from "@/components/policies/policy-paths"
import { may } from "@/lib/access/actor"
import { currentPerson } from "@/lib/auth/current-person"
import { signInPath } from "@/lib/auth/return-path"
import { readPolicies, readPolicyInForce } from "@/lib/policies/policy-view.service"
import { orElsewhere } from "../../../or-elsewhere"

export const metadata: Metadata = { title: "Edit policy" }

type Props = Readonly<{ params: Promise<{ tenantId: string }> }>

export default async function EditPolicyPage({ params }: Props) {
  const { tenantId } = await params
  const path = policyPath(tenantId, "/edit")
  const person = await currentPerson()
  if (person === null) redirect(signInPath(path))

  const { inForce } = await orElsewhere(readPolicies(person, tenantId, {}), path)
  // Whoever may only read does so on the page before.
  if (!may(person, "policy:manage", tenantId)) redirect(policyPath(tenantId))
  // What cannot be read is replaced, not edited.
  const text = (await readPolicyInForce(person, tenantId))?.text ?? ""
  const tenantName = person.tenants.find((tenant) => tenant.tenantId === tenantId)?.name ?? tenantId

  return (
    <DeskPage
      crumbs={[
        { words: "Policies", href: "/policies" },
        { words: tenantName, href: policyPath(tenantId) },
        { words: "Edit" },
      ]}
      title={inForce === 1 ? "The first policy" : "Edit policy"}
      note="It is checked while you write. Before anything holds you see what it changes. Ctrl + Enter leads there."
    >
      <PolicyEditor key={tenantId} tenantId={tenantId} inForce={inForce} inForceText={text} />
    </DeskPage>
  )
}
