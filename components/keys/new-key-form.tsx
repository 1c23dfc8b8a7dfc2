"use client"

import { useRouter } from "next/navigation"
import { useState } from "react"
import { postJson } from "@/components/ui/call-api"
import { CheckboxGroup, RadioGroup } from "@/components/ui/choice-group"
import { SelectField, TextField } from "@/components/ui/field"
import { Form } from "@/components/ui/form"
import { say } from "@/components/ui/said-line"
import { keyScopes } from "@/lib/keys/key"
import type { MadeKey } from "@/lib/keys/key.schema"
import { environments } from "@/lib/tools/tool"
import { lifetimes, scopeWords, splitAddresses } from "./key-words"
import { MadeKeyDialog } from "./made-key-dialog"

type Owner = Readonly<{ personId: string; name: string; email: string }>

type Props = Readonly<{
  tenantId: string
  owners: readonly Owner[]
  viewerId: string
  /** Whether it is for a server that has tools to register. */
  isToRegister: boolean
}>

/** A new key of one client, with what most keys need already chosen. */
export function NewKeyForm({ tenantId, owners, viewerId, isToRegister }: Props) {
  const router = useRouter()
  const [made, setMade] = useState<MadeKey | null>(null)
  const leave = ({ key }: MadeKey) => {
    setMade(null)
    say("The key is made.")
    router.push(`/keys/${key.tenantId}/${key.keyId}`)
  }

  return (
    <>
      <Form
        words="Make this key"
        busyWords="Making…"
        onCancel={() => router.back()}
        send={(fields) =>
          postJson(`/api/v1/tenants/${tenantId}/keys`, {
            name: fields.text("name"),
            environments: fields.list("environments"),
            scopes: fields.list("scopes"),
            ownerId: fields.text("ownerId"),
            expiresInDays: Number(fields.text("expiresInDays")),
            addresses: splitAddresses(fields.text("addresses")),
            mode: fields.text("mode"),
          })
        }
        onDone={(value) => setMade(value as MadeKey)}
      >
        <TextField
          label="Name"
          name="name"
          hint="What uses it, for example: website care, production."
          maxLength={200}
          autoComplete="off"
        />
        <CheckboxGroup
          legend="Environments"
          name="environments"
          hint="Runs in other environments are not there for this key."
          choices={environments.map((value) => ({ value, words: value }))}
          chosen={["dev"]}
        />
        <CheckboxGroup
          legend="What it may do"
          name="scopes"
          choices={keyScopes.map((value) => ({ value, ...scopeWords[value] }))}
          chosen={["request", "poll", "execute", ...(isToRegister ? ["tools:register"] : [])]}
        />
        <SelectField
          label="Owner"
          name="ownerId"
          hint="Answers for the key, and is the operator of its runs unless they name another. Neither the owner nor you can decide on what this key asks for."
          defaultValue={viewerId}
          options={owners.map(({ personId, name, email }) => ({
            value: personId,
            words: `${name}, ${email}`,
          }))}
        />
        <SelectField label="Ends after" name="expiresInDays" defaultValue="90" options={lifetimes} />
        <TextField
          label="Addresses"
          name="addresses"
          hint="Networks or addresses it may be used from, with spaces between them, such as 203.0.113.0/24. Empty means anywhere."
          isOptional
          autoComplete="off"
        />
        <RadioGroup
          legend="Mark"
          name="mode"
          chosen="live"
          choices={[
            { value: "live", words: "live", hint: "The key begins with dsl_live_." },
            {
              value: "test",
              words: "test",
              hint: "It begins with dsl_test_, for people to tell apart. It can do the same.",
            },
          ]}
        />
      </Form>
      <MadeKeyDialog made={made} onDone={leave} />
    </>
  )
}
