import { Fact, FactList } from "@/components/ui/fact-list"
import { IdText } from "@/components/ui/id-text"
import { Time } from "@/components/ui/time"
import { Visible } from "@/components/ui/visible"
import type { KeyView } from "@/lib/keys/key.schema"
import { scopeWords } from "./key-words"

type Props = Readonly<{ keyView: KeyView; tenantName: string }>

/** Everything that is known of a key. */
export function KeyFacts({ keyView, tenantName }: Props) {
  const { tenantId, keyId, prefix, environments, scopes, addresses, owner, createdBy, rotatedFrom } = keyView

  return (
    <FactList>
      <Fact name="Client">
        <Visible text={tenantName} />
      </Fact>
      <Fact name="Begins with">
        <span className="font-mono text-xs">{prefix}…</span>
      </Fact>
      <Fact name="Environments">{environments.join(", ")}</Fact>
      <Fact name="Id">
        <IdText id={keyId} label="Copy the key's id" />
      </Fact>
      <Fact name="May">
        <ul>
          {scopes.map((scope) => (
            <li key={scope}>
              {scopeWords[scope].words} <span className="text-faint">({scope})</span>
            </li>
          ))}
        </ul>
      </Fact>
      <Fact name="From">
        {addresses.length === 0 ? (
          "anywhere"
        ) : (
          <span className="font-mono text-xs">{addresses.join(" ")}</span>
        )}
      </Fact>
      <Fact name="Owner">
        <Visible text={owner.name} />
      </Fact>
      <Fact name="Made by">
        <Visible text={createdBy.name} />
      </Fact>
      <Fact name="Made">
        <Time at={keyView.createdAt} as="age" isFocusable />
      </Fact>
      <Fact name={keyView.revokedAt === null ? "Ends" : "Revoked"}>
        <Time at={keyView.revokedAt ?? keyView.expiresAt} as="day" isFocusable />
      </Fact>
      {rotatedFrom !== null && (
        <Fact name="Follows">
          <IdText
            id={rotatedFrom}
            label="Copy the former key's id"
            href={`/keys/${tenantId}/${rotatedFrom}`}
          />
        </Fact>
      )}
    </FactList>
  )
}
