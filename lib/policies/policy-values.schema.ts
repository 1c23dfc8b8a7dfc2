import { z } from "zod"
import { normalAddress } from "@/lib/changes/mail-address"
import { refuseHidden } from "@/lib/kernel/name.schema"
import { secondsOf } from "./duration"

/** A server's or tool's name, in which `*` stands for any characters. */
export const NamePattern = z
  .string()
  .regex(/^[A-Za-z0-9_.*-]{1,128}$/, "A name is 1 to 128 letters, digits, dots, dashes, underscores or *.")

/** The same of a workflow or a step, which people name. */
export const WorkPattern = z
  .string()
  .min(1, "A name has at least one character.")
  .max(128, "A name has at most 128 characters.")
  .superRefine(refuseHidden)

/** A glob of paths inside a workspace. */
export const Glob = z.string().superRefine((glob, context) => {
  const fault = globFault(glob)
  if (fault === null) return
  context.addIssue({ code: "custom", message: `This path ${fault}.`, params: { code: "bad_glob" } })
})

/** A JSON Pointer (RFC 6901). */
export const Pointer = checkedText(
  "bad_pointer",
  "A JSON Pointer is empty or starts with /, and has ~0 for ~ and ~1 for / in a name.",
  (text) => /^(\/([^~/]|~[01])*)*$/.test(text),
)

/** A recipient, in the one spelling in which recipients are compared. */
export const Address = z
  .string()
  .min(1, "An address has at least one character.")
  .max(320, "An address has at most 320 characters.")
  .superRefine(refuseHidden)
  .transform(normalAddress)

const domainShape =
  /^(?=.{3,253}$)([\p{L}\p{N}]([\p{L}\p{M}\p{N}-]*[\p{L}\p{M}\p{N}])?\.)+[\p{L}\p{N}-]{2,}$/u

/** The part of addresses after the @, as a whole: nothing below it. */
export const Domain = z
  .string()
  .transform((text) => text.normalize("NFKC").toLowerCase())
  .pipe(
    checkedText("bad_domain", "A domain is written like acme.example, without @, * or a scheme.", (text) =>
      domainShape.test(text),
    ),
  )

/** Where a tool may connect to: https, a host, perhaps a port, and nothing else. */
export const Origin = checkedText(
  "bad_origin",
  "An origin is written like https://api.acme.example, without a path.",
  isOrigin,
).transform((text) => new URL(text).origin)

/** A length of time such as `90s`, `30m`, `1h30m` or `7d`, read as seconds. */
export function Duration(least: string, most: string) {
  const [min, max] = [secondsOf(least) ?? 0, secondsOf(most) ?? 0]

  return z.string("A duration is text such as 30m.").transform((text, context) => {
    const seconds = secondsOf(text)
    if (seconds !== null && seconds >= min && seconds <= max) return seconds
    const message = `A duration is written like 30m, 1h30m or 7d, and here it is ${least} to ${most}.`
    context.addIssue({ code: "custom", message, params: { code: "bad_duration" } })
    return z.NEVER
  })
}

function checkedText(code: string, message: string, isRight: (text: string) => boolean) {
  return z
    .string()
    .max(1_024, "This has at most 1,024 characters.")
    .superRefine((text, context) => {
      if (!isRight(text)) context.addIssue({ code: "custom", message, params: { code } })
    })
}

/** A pattern that could match nothing by mistake would leave a door open that its author believes to be shut. */
function globFault(glob: string): string | null {
  if (glob === "" || glob.length > 1_024) return "has 1 to 1,024 characters"
  if (glob.startsWith("/")) return "starts with /, but paths are relative to their workspace"
  if (/[\\[\]{}!]/.test(glob))
    return "has one of \\ [ ] { } !, which mean nothing here: ? stands for any one character"
  for (const component of glob.split("/")) {
    if (component === "" || component === "." || component === "..")
      return "has a component that is empty, . or .."
    if (component.includes("**") && component !== "**")
      return "has ** beside other characters: it stands alone between slashes"
  }
  return null
}

function isOrigin(text: string): boolean {
  if (!/^https:\/\/[^/?#@\\\s]+\/?$/.test(text) || text.includes("*")) return false
  try {
    return new URL(text).protocol === "https:"
  } catch {
    return false
  }
}
