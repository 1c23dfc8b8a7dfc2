import { PublicPage } from "./public-page"

/** In the place of sign-in while nobody can sign in yet. */
export function WaitingForSetup() {
  return (
    <PublicPage
      title="Deltaseal waits to be set up"
      intro={
        <>
          <p>Nobody is a member of this installation yet. Its first owner opens the setup link.</p>
          <p>
            The server printed it when it started; it works for 30 minutes. Whoever runs the server makes
            another one with <code className="font-mono">npm run setup-link</code>.
          </p>
        </>
      }
    />
  )
}
