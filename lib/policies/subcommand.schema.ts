import { z } from "zod"
import { refuseHidden } from "@/lib/kernel/name.schema"
import type { Argument, Subcommand } from "./policy"
import { compileOperand } from "./subcommand"

const argumentsMax = 100
const choicesMax = 200

const Literal = z
  .string("An argument is text, oneOf or a pattern.")
  .max(1_024, "An argument has at most 1,024 characters.")
  .superRefine(refuseHidden)

const Pattern = z
  .string()
  .min(1, "A pattern says something.")
  .max(500, "A pattern has at most 500 characters.")
  .superRefine((pattern, context) => {
    try {
      compileOperand(pattern)
    } catch {
      const message = "This pattern is not one of RE2's, or it is too large."
      context.addIssue({ code: "custom", message, params: { code: "unsupported_pattern" } })
    }
  })

const ArgumentShape: z.ZodType<Argument> = z.union(
  [
    Literal,
    z.strictObject({ oneOf: z.array(Literal).min(1).max(choicesMax) }),
    z.strictObject({ pattern: Pattern }),
  ],
  'An argument is text, {oneOf: [...]} or {pattern: "..."}.',
)

const VariableShape = z.strictObject({
  name: Literal.min(1),
  digest: z.string().regex(/^[0-9a-f]{64}$/, "A digest is 64 lower-case hexadecimal digits."),
})

/** The program itself stands literally: a choice of programs would be several commands. */
export const SubcommandShape: z.ZodType<Subcommand> = z
  .strictObject({
    name: z
      .string()
      .regex(
        /^[a-z0-9][a-z0-9-]{0,63}$/,
        "A command's name is 1 to 64 lower-case letters, digits or dashes.",
      ),
    argv: z
      .array(ArgumentShape)
      .min(1, "A command has a program.")
      .max(argumentsMax, `A command has at most ${argumentsMax} arguments.`)
      .refine(
        ([program]) => typeof program === "string" && program !== "",
        "A command begins with its program.",
      ),
    cwd: Literal.min(1).optional(),
    image: Literal.min(1).optional(),
    env: z.array(VariableShape).max(argumentsMax).optional(),
  })
  .transform(({ cwd, image, env, ...said }) => ({
    ...said,
    ...(cwd === undefined ? {} : { cwd }),
    ...(image === undefined ? {} : { image }),
    ...(env === undefined ? {} : { env }),
  }))

type Commanding = Readonly<{
  effect: string
  commands?: readonly Pick<Subcommand, "name">[] | undefined
}>

/** Why a rule may not have the commands it has; null when it may. */
export function commandsProblem({
  effect,
  commands,
}: Commanding): Readonly<{ code: string; message: string }> | null {
  if (commands === undefined) return null
  if (effect !== "tier_default") {
    const message = `A rule with the effect ${effect} leaves nothing to the tier: leave commands out.`
    return { code: "commands_not_used", message }
  }
  const names = commands.map(({ name }) => name)
  const twice = names.find((name, index) => names.indexOf(name) !== index)
  if (twice === undefined) return null
  return { code: "duplicate_command", message: `There is another command with the name ${twice}.` }
}
