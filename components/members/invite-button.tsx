"use client"

import { useState } from "react"
import { useRefresh } from "@/components/layout/use-refresh"
import { Button } from "@/components/ui/button"
import { postJson } from "@/components/ui/call-api"
import { RadioGroup } from "@/components/ui/choice-group"
import { Dialog } from "@/components/ui/dialog"
import { SelectField, TextField } from "@/components/ui/field"
import { Form } from "@/components/ui/form"
import { SecretPanel } from "@/components/ui/secret-panel"
import { roleChoices } from "./role-words"

/** Where somebody can be invited to; `mayMakeOwners` because only owners do. */
export type InvitePlace = Readonly<{
  agencyId: string
  tenantId: string | null
  words: string
  mayMakeOwners: boolean
}>

type Props = Readonly<{ places: readonly InvitePlace[]; chosenTenantId: string | null }>

/** Invites somebody, and shows their link once. Plain where it is not what the page is for. */
export function InviteButton({
  places,
  chosenTenantId,
  isPlain = false,
}: Props & Readonly<{ isPlain?: boolean }>) {
  const [isOpen, setOpen] = useState(false)
  const [link, setLink] = useState<string | null>(null)
  const refresh = useRefresh()
  const close = () => {
    setOpen(false)
    setLink(null)
  }

  return (
    <>
      <Button
        look={isPlain ? "plain" : "primary"}
        size={isPlain ? "normal" : "large"}
        aria-haspopup="dialog"
        onClick={() => setOpen(true)}
      >
        Invite somebody
      </Button>
      <Dialog
        title={link === null ? "Invite somebody" : "Send this link"}
        isOpen={isOpen}
        onClose={close}
        isSticky={link !== null}
      >
        {link === null ? (
          <InviteForm
            places={places}
            chosenTenantId={chosenTenantId}
            onCancel={close}
            onDone={async (made) => {
              setLink(made)
              await refresh()
            }}
          />
        ) : (
          <SecretPanel
            name="invitation link"
            secret={link}
            note="It works once, for 72 hours, and only for this e-mail address. Send it in a way that only the invited person reads: no mail goes out by itself."
            onDone={close}
          />
        )}
      </Dialog>
    </>
  )
}

type FormProps = Props & Readonly<{ onCancel: () => void; onDone: (link: string) => Promise<void> }>

function InviteForm({ places, chosenTenantId, onCancel, onDone }: FormProps) {
  const first = places.find(({ tenantId }) => tenantId === chosenTenantId) ?? places[0]
  const [place, setPlace] = useState(first)

  return (
    <Form
      words="Make the invitation"
      busyWords="Making…"
      onCancel={onCancel}
      send={(fields) =>
        postJson("/api/v1/invitations", {
          email: fields.text("email"),
          role: fields.text("role"),
          agencyId: place?.agencyId,
          tenantId: place?.tenantId ?? null,
        })
      }
      onDone={(value) => onDone((value as { link: string }).link)}
    >
      <TextField label="E-mail" name="email" type="email" autoComplete="off" spellCheck={false} autoFocus />
      <SelectField
        label="To"
        name="tenantId"
        value={place === undefined ? "" : valueOf(place)}
        onChange={(event) => setPlace(places.find((candidate) => valueOf(candidate) === event.target.value))}
        options={places.map((candidate) => ({ value: valueOf(candidate), words: candidate.words }))}
      />
      <RadioGroup
        legend="Role"
        name="role"
        chosen="reviewer"
        choices={roleChoices.map((choice) => ({
          ...choice,
          isDisabled: choice.value === "owner" && place?.mayMakeOwners !== true,
        }))}
      />
    </Form>
  )
}

function valueOf({ agencyId, tenantId }: InvitePlace): string {
  return tenantId ?? agencyId
}
