import { StopButton } from "./stop-button"

/** The kill switch of everything an agency has. */
export function StopAgency({ agencyId, name }: Readonly<{ agencyId: string; name: string }>) {
  return (
    <StopButton
      scope="agency"
      id={agencyId}
      words="Stop everything"
      title={`Stop everything of ${name}?`}
      said={`Everything of ${name} is stopped.`}
      typed={name}
    >
      <p>
        Every API key of every client stops at once: no agent can ask, and no decision can be spent. People
        keep their roles and can read what happened.
      </p>
      <p>It can be lifted: the clients that it suspends are active again then.</p>
    </StopButton>
  )
}
