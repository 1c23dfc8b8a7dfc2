"use client"

import { useState } from "react"
import type { Role } from "@/lib/access/permissions"
import { useRefresh } from "@/components/layout/use-refresh"
import { Button } from "@/components/ui/button"
import { patchJson } from "@/components/ui/call-api"
import { RadioGroup } from "@/components/ui/choice-group"
import { Dialog } from "@/components/ui/dialog"
import { Form } from "@/components/ui/form"
import { say } from "@/components/ui/said-line"
import { roleChoices, roleWords } from "./role-words"

type Props = Readonly<{ membershipId: string; name: string; role: Role; mayMakeOwners: boolean }>

/** Gives a member another role; it counts from their next request on. */
export function ChangeRoleButton({ membershipId, name, role, mayMakeOwners }: Props) {
  const [isOpen, setOpen] = useState(false)
  const refresh = useRefresh()

  return (
    <>
      <Button look="plain" aria-haspopup="dialog" onClick={() => setOpen(true)}>
        Change role
      </Button>
      <Dialog title={`Another role for ${name}`} isOpen={isOpen} onClose={() => setOpen(false)}>
        <Form
          words="Change the role"
          busyWords="Changing…"
          onCancel={() => setOpen(false)}
          send={(fields) => patchJson(`/api/v1/members/${membershipId}`, { role: fields.text("role") })}
          onDone={async (value) => {
            const next = (value as { role: Role }).role
            await refresh()
            setOpen(false)
            say(`${name} is ${roleWords[next].name} now.`)
          }}
        >
          <RadioGroup
            legend="Role"
            name="role"
            chosen={role}
            choices={roleChoices.map((choice) => ({
              ...choice,
              isDisabled: choice.value === "owner" && !mayMakeOwners,
            }))}
          />
        </Form>
      </Dialog>
    </>
  )
}
