"use client"

import { useRouter } from "next/navigation"
import { useState } from "react"
import { Button } from "@/components/ui/button"
import { postJson } from "@/components/ui/call-api"
import { Dialog } from "@/components/ui/dialog"
import { SelectField } from "@/components/ui/field"
import { Form } from "@/components/ui/form"
import { say } from "@/components/ui/said-line"
import type { MadeKey } from "@/lib/keys/key.schema"
import { lifetimes } from "./key-words"
import { MadeKeyDialog } from "./made-key-dialog"

const overlaps = [
  { value: "0", words: "not at all: it ends now" },
  { value: "1", words: "an hour" },
  { value: "24", words: "a day" },
  { value: "72", words: "3 days" },
  { value: "168", words: "a week" },
] as const

/** Makes the successor of a key, and shows its secret once. */
export function RotateKey({ tenantId, keyId }: Readonly<{ tenantId: string; keyId: string }>) {
  const router = useRouter()
  const [isOpen, setOpen] = useState(false)
  const [made, setMade] = useState<MadeKey | null>(null)
  const leave = ({ key }: MadeKey) => {
    setMade(null)
    say("The key was rotated; this is its successor.")
    router.push(`/keys/${key.tenantId}/${key.keyId}`)
  }

  return (
    <>
      <Button look="plain" onClick={() => setOpen(true)} aria-haspopup="dialog">
        Rotate
      </Button>
      <Dialog title="Rotate this key" isOpen={isOpen} onClose={() => setOpen(false)}>
        <p className="text-muted">
          A new key with the same settings is made. The old one goes on beside it for a while, so that what
          uses it can be changed over; then it ends.
        </p>
        <Form
          words="Rotate key"
          busyWords="Rotating…"
          onCancel={() => setOpen(false)}
          send={(fields) =>
            postJson(`/api/v1/tenants/${tenantId}/keys/${keyId}/rotate`, {
              overlapHours: Number(fields.text("overlapHours")),
              expiresInDays: Number(fields.text("expiresInDays")),
            })
          }
          onDone={(value) => {
            setOpen(false)
            setMade(value as MadeKey)
          }}
        >
          <SelectField
            label="The old key goes on for"
            name="overlapHours"
            defaultValue="24"
            options={overlaps}
          />
          <SelectField
            label="The new key ends after"
            name="expiresInDays"
            defaultValue="90"
            options={lifetimes}
          />
        </Form>
      </Dialog>
      <MadeKeyDialog made={made} onDone={leave} />
    </>
  )
}
