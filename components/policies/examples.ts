/** What a first policy can begin with. Each can be published as it is. */
export const policyExamples = [
  {
    name: "Tier defaults",
    says: "What holds without a policy, written out: T0 and T1 pass, everything above asks one reviewer.",
    text: `version: 1
description: What holds without a policy, written out.
rules:
  - name: tier-defaults
    effect: tier_default
`,
  },
  {
    name: "Read, ask, ask twice",
    says: "Reading passes, every write asks a reviewer, and what leaves the house asks an admin as well, each with their authenticator.",
    text: `version: 1
rules:
  - name: reading
    match: { tier: [T0] }
    effect: allow
  - name: writing
    match: { tier: [T1, T2, T3] }
    effect: require_approval
  - name: leaving
    match: { tier: [T4] }
    effect: require_approval
    live: true
    recipients: { domains: [customer.example] }
    approval:
      stages: [{ group: reviewers, count: 1 }, { group: admins, count: 1 }]
      reasonRequired: true
      stepUp: true
`,
  },
  {
    name: "Small edits of documents",
    says: "Up to three files below docs change without a person; nothing is deleted, secrets are out of reach.",
    text: `version: 1
rules:
  - name: tier-defaults
    effect: tier_default
    paths: { deny: ["**/.env", "**/*.pem", ".github/**"] }
  - name: small-edits
    match: { server: [workspace], tool: [write_file, apply_edits] }
    when: >-
      change.files <= 3 && change.deletes == 0 &&
      change.paths.all(p, p.startsWith("docs/")) && size(change.flags) == 0
    effect: allow
`,
  },
  {
    name: "Mail to customers",
    says: "Mail goes to named domains only, to somebody new with an admin, and never to many at once.",
    text: `version: 1
rules:
  - name: tier-defaults
    effect: tier_default
  - name: mail
    match: { tool: [send_message] }
    effect: require_approval
    approval: { expiresIn: 30m, useWithin: 5m }
    live: true
    recipients: { domains: [customer.example], perMessage: 20 }
  - name: somebody-new
    match: { tool: [send_message] }
    when: size(change.firstContacts) > 0
    effect: require_approval
    approval: { stages: [{ group: admins, count: 1 }] }
limits:
  tenant: { messagesPerDay: 200, recipientsPerMessage: 20 }
`,
  },
] as const
