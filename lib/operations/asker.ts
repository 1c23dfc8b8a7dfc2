import type { PersonActor } from "@/lib/access/actor"
import type { KeyCredential } from "@/lib/keys/credential"

/** Who asks: a key that nothing has vouched for yet, or a person whose session will be looked at again. */
export type Asker =
  | Readonly<{ kind: "credential"; credential: KeyCredential }>
  | Readonly<{ kind: "person"; actor: PersonActor }>
