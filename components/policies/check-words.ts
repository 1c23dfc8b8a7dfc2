/** What a check is about, in the words of people; a name that we do not know stays as it is. */
export function checkWords(check: string): string {
  return words[check] ?? check.replaceAll("_", " ")
}

const words: Readonly<Record<string, string | undefined>> = {
  key: "key",
  run: "run is open",
  environment: "environment is the key's",
  registered: "tool is registered as it was accepted",
  tier: "tool has a tier",
  allowlist: "tool is on the client's list",
  runTools: "tool is one of the run's",
  input: "input fits the tool's schema",
  tenantIds: "input names no other client",
  change: "change is there to look at",
  idempotencyKey: "a repetition can be told from a second call",
  rule: "rule",
  grant: "grant",
  patchPaths: "fields that may change",
  paths: "paths",
  recipients: "recipients",
  recipientList: "list of recipients",
  recipientsPerMessage: "recipients of a message",
  configFeatures: "config features",
  dryRun: "dry run",
  live: "may act for real",
  tainted: "run that read what is not trusted",
  execute: "key may start it",
  limits: "limits",
}
