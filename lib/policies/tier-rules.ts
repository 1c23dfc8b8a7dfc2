import type { Reason } from "@/lib/errors/app-error"
import type { Tier } from "@/lib/tools/tool"
import type { PolicyDocument, PolicyLimits, PolicyRule, RunLimits, TenantLimits } from "./policy"
import { noChange, type PolicyFacts } from "./policy-facts"

/** What a tier asks of the policy itself; no reasons = it is there. */
export type TierRule = Readonly<{ check: string; reasons: readonly Reason[] }>

/** What a tenant may send where its policy does not say (SPEC 3.2). */
export const defaultSending = { messagesPerDay: 100, recipientsPerMessage: 50 } as const

/** How many approvals of one run may be open at once where nobody says: as many as two whole plans ask for. */
export const defaultOpenInRun = 100

/** How often one tool above T0 may be called without asking anybody, where the policy does not say. */
export const defaultPerMinute = 120

/**
 * What tier T4 asks for and only a rule that applies can give (SPEC 3.2): a
 * list of recipients for whatever sends messages, and a word that it is meant.
 */
export function tierRules(rules: readonly PolicyRule[], facts: PolicyFacts): TierRule[] {
  const { server, name, tier } = facts.tool
  if (tier !== "T4_IDENTITY_MONEY_OUTBOUND") return []
  const tool = `${server}/${name}`
  const isLive = rules.some(({ live }) => live === true)
  const found: TierRule[] = [{ check: "live", reasons: facts.isDryRun || isLive ? [] : [liveRequired(tool)] }]
  if ((facts.change ?? noChange).messages === 0) return found

  return [
    { check: "recipientList", reasons: rules.some(hasRecipientList) ? [] : [listRequired(tool)] },
    ...found,
  ]
}

/** Whether a rule says who may be sent to, and so nobody else. */
export function hasRecipientList({ recipients }: PolicyRule): boolean {
  return recipients?.addresses !== undefined || recipients?.domains !== undefined
}

/** Whether the policy lets somebody who is alone decide what they ask for: never what runs, or leaves the house. */
export function isSelfReviewed({ selfReview }: PolicyDocument, { tier }: Readonly<{ tier: Tier }>): boolean {
  return selfReview === true && tier !== "T3_EXECUTE" && tier !== "T4_IDENTITY_MONEY_OUTBOUND"
}

/** The limits of the tenant with those that hold where it says nothing. */
export function tenantLimits(said: TenantLimits | undefined): TenantLimits {
  return { ...defaultSending, ...said }
}

/** The limits of a run with that which holds where it says nothing. */
export function runLimits(said: RunLimits | undefined): RunLimits {
  return { pendingApprovals: defaultOpenInRun, ...said }
}

/** People bound how often they are asked; what runs without them is bound here. */
export function unaskedLimits(limits: PolicyLimits, { server, name, tier }: LimitedTool): PolicyLimits {
  const said = limits.tools ?? []
  if (tier === "T0_READ" || said.some(({ perMinute }) => perMinute !== undefined)) return limits
  return { ...limits, tools: [...said, { server, tool: name, perMinute: defaultPerMinute }] }
}

type LimitedTool = Readonly<{ server: string; name: string; tier: Tier }>

function liveRequired(tool: string): Reason {
  return {
    code: "dry_run_required",
    message: `${tool} is of tier T4 and no rule says that it may act for real: ask again with dryRun, or have an administrator put "live: true" into the rule of the policy about it.`,
    path: "/dryRun",
  }
}

function listRequired(tool: string): Reason {
  return {
    code: "recipient_list_required",
    message: `${tool} is of tier T4 and sends to nobody who is not on a list: have an administrator put "recipients: { domains: [...] }" or "recipients: { addresses: [...] }" into the rule of the policy about it.`,
    path: "/change",
  }
}
