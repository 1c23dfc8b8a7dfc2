import type { Metadata } from "next"
import { notFound, redirect } from "next/navigation"
import { DeskPage } from "@/components/layout/desk-page"
import { Section } from "@/components/layout/section"
import { packPath } from "@/components/packs/pack-paths"
import { PackVersionTable, RolloutTable } from "@/components/packs/pack-tables"
import { DownloadButton } from "@/components/policies/download-button"
import { PolicyText } from "@/components/policies/policy-text"
import { RuleTable } from "@/components/policies/rule-table"
import { CopyButton } from "@/components/ui/copy-button"
import { LinkButton } from "@/components/ui/link-button"
import { rowKeys } from "@/components/ui/row-keys"
import { ShortcutHelp } from "@/components/ui/shortcut-help"
import { Visible } from "@/components/ui/visible"
import { mayInAgency } from "@/lib/access/actor"
import { currentPerson } from "@/lib/auth/current-person"
import { signInPath } from "@/lib/auth/return-path"
import { packDocument } from "@/lib/policies/pack-draft.service"
import type { PackView } from "@/lib/policies/pack.schema"
import { readPack } from "@/lib/policies/packs.queries"
import { orElsewhere } from "../../../or-elsewhere"

export const metadata: Metadata = { title: "Pack" }

type Props = Readonly<{
  params: Promise<{ packId: string }>
  searchParams: Promise<Record<string, string | string[] | undefined>>
}>

export default async function PackPage({ params, searchParams }: Props) {
  const { packId } = await params
  const path = packPath(packId)
  const person = await currentPerson()
  if (person === null) redirect(signInPath(path))

  const pack = await orElsewhere(readPack(person, packId, versionIn((await searchParams)["version"])), path)
  const { name, version, shown, rollouts } = pack

  return (
    <DeskPage
      crumbs={[
        { words: "Policies", href: "/policies" },
        { words: "Packs", href: "/policies/packs" },
        { words: name },
      ]}
      title={<Visible text={name} />}
      note={
        shown === version
          ? `Version ${version}, the newest. ${rollouts.length === 0 ? "It is in force nowhere until it is rolled out." : ""}`
          : `Version ${shown}. The newest is version ${version}.`
      }
      actions={mayInAgency(person, "policy:manage", pack.agencyId) && <Actions pack={pack} />}
      bar={<ShortcutHelp keys={rowKeys} />}
    >
      <What pack={pack} />
      <Section title="Roll-outs" isFlush>
        {rollouts.length === 0 ? (
          <p className="px-4 py-3 text-sm text-muted md:px-6">It was never rolled out.</p>
        ) : (
          <RolloutTable pack={pack} />
        )}
      </Section>
      <Section title="Versions" isFlush>
        <PackVersionTable pack={pack} />
      </Section>
      <Section
        title="As it was written"
        isFlush
        actions={
          <>
            <CopyButton text={pack.text} label="Copy the policy" />
            <DownloadButton text={pack.text} fileName={fileName(pack)} />
          </>
        }
      >
        <div className="py-2">
          <PolicyText text={pack.text} />
        </div>
      </Section>
    </DeskPage>
  )
}

function versionIn(text: string | string[] | undefined): number | undefined {
  if (text === undefined) return undefined
  return typeof text === "string" && /^[1-9][0-9]{0,8}$/.test(text) ? Number(text) : notFound()
}

function fileName({ name, shown }: PackView): string {
  return `${name.toLowerCase().replaceAll(/[^a-z0-9]+/g, "-")}-v${shown}.yaml`
}

function Actions({ pack: { packId, version, shown } }: Readonly<{ pack: PackView }>) {
  return (
    <>
      <LinkButton look="plain" href={packPath(packId, "/edit")}>
        Edit pack
      </LinkButton>
      <LinkButton look="primary" href={packPath(packId, `/roll-out?version=${shown}`)}>
        {shown === version ? "Roll out" : `Roll out version ${shown}`}
      </LinkButton>
    </>
  )
}

function What({ pack: { text } }: Readonly<{ pack: PackView }>) {
  const document = packDocument(text)

  return (
    <Section title="What it says" isFlush>
      {document === null ? (
        <p role="alert" className="px-4 py-3 text-sm font-medium text-look-ink md:px-6">
          This version cannot be read any more, so it cannot be rolled out. Edit the pack and save it anew.
        </p>
      ) : (
        <RuleTable document={document} />
      )}
    </Section>
  )
}
