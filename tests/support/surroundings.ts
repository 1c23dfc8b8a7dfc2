import { expiring } from "./approval-deeds"
import { writeFile } from "./calls"
import { oneOrTwo } from "./crowd"
import { at, plainAnswer, type Deed } from "./deeds"
import { edited, type Case } from "./lane"
import { kill, revoke, turn } from "./lifecycle-model"

/** What happens around an approval and bears on it, by its name. */
export const surroundings: Readonly<Record<string, (of: Case) => Deed>> = {
  "kill run": ({ target }) => ({
    name: "kill run",
    ask: ({ crowd }) =>
      at(crowd.people.owner, 0).post("/api/v1/kill", {
        scope: "run",
        ids: [target.runId],
        reason: "It runs wild.",
      }),
    isAround: true,
    model: ({ life, run }) => kill(life, run),
  }),
  "key revoked": ({ lane, keyId }) => ({
    name: "key revoked",
    ask: ({ crowd }) =>
      at(crowd.people.owner, 0).delete(`/api/v1/tenants/${lane.place.ours.tenantId}/keys/${keyId}`),
    isAround: true,
    takes: "key",
    model: ({ life }) => revoke(life),
  }),
  "member removed": ({ membershipId }) => ({
    name: "member removed",
    ask: ({ crowd }) => at(crowd.people.owner, 0).delete(`/api/v1/members/${membershipId}`),
    isAround: true,
    takes: "say",
    model: ({ life }) => turn(life, "firstRemoved", "not_found"),
  }),
  "policy published": ({ lane, policyVersion }) => ({
    name: "policy published",
    ask: ({ crowd }) =>
      at(crowd.people.owner, 0).post(`/api/v1/tenants/${lane.place.ours.tenantId}/policies`, {
        text: `version: 1\n${oneOrTwo.replace("rules:\n", "rules:\n  - {name: none, effect: deny}\n")}`,
        basedOn: policyVersion,
        note: "Enough.",
      }),
    answerOf: (reply) => (reply.status === 201 ? String(reply.body.result) : plainAnswer(reply)),
    isAround: true,
    model: ({ life }) => (turn(life, "policyDenies", "conflict") === "ok" ? "published" : "conflict"),
  }),
  "tool changed": () => ({
    name: "tool changed",
    ask: ({ crowd }) =>
      at(crowd.keys.other, 0).put(`/api/v1/servers/${writeFile.server}/tools/${writeFile.name}`, {
        version: writeFile.version,
        definition: edited,
      }),
    isAround: true,
    model: ({ life }) => turn(life, "toolChanged", "ok"),
  }),
  expire: ({ lane }) => ({
    ...expiring,
    // In one transaction that says whose it is, as those of the product do.
    ask: async ({ su }, target) => {
      await su.query(`BEGIN; SET LOCAL app.tenant = '${lane.place.ours.tenantId}'`)
      const reply = await expiring.ask({ su, crowd: lane.crowd }, target)
      await su.query("COMMIT")
      return reply
    },
  }),
}
