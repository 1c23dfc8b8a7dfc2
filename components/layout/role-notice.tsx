import { Notice } from "./notice"
import { TopBar } from "./top-bar"

type Props = Readonly<{
  /** Where one is: `Keys`. */
  place: string
  /** Who may: `Owners, admins and auditors see the keys of a client.` */
  children: string
}>

/** In the place of a page for which somebody's role is too small: which role it takes. */
export function RoleNotice({ place, children }: Props) {
  return (
    <>
      <TopBar crumbs={[{ words: place }]} />
      <main id="content" tabIndex={-1} className="flex flex-1 outline-none">
        <Notice title="Your role does not reach here" href="/inbox" linkWords="Go to the inbox">
          {children} Ask an owner or admin of your agency if you need to.
        </Notice>
      </main>
    </>
  )
}
