import type { Contact } from "./contact.ts"

/** Who is in the CRM of Acme Dental when it is made: people who asked about the membership. */
export const seededContacts: Readonly<Record<string, Contact>> = {
  c_101: {
    name: "Maria Delgado",
    email: "maria.delgado@example.com",
    company: "Delgado Catering",
    lifecycleStage: "Lead",
    owner: "ana",
    notes: ["Asked on 4 November whether the membership covers her four employees."],
  },
  c_102: {
    name: "Tom Okafor",
    email: "tom.okafor@example.com",
    company: "Okafor & Sons",
    lifecycleStage: "Customer",
    owner: "ben",
    notes: ["Member since 2019.", "Prefers appointments before 9 am."],
  },
  c_103: {
    name: "Linh Pham",
    email: "linh.pham@example.com",
    company: "Market Street Books",
    lifecycleStage: "MQL",
    owner: "ana",
    notes: [],
  },
  c_104: {
    name: "Grace Whitfield",
    email: null,
    company: "",
    lifecycleStage: "Subscriber",
    owner: "ben",
    notes: ["No e-mail address: call her."],
  },
  c_105: {
    name: "Jonas Lindqvist",
    email: "jonas@lindqvist.example",
    company: "Lindqvist Bikes",
    lifecycleStage: "SQL",
    owner: "cleo",
    notes: ["Wants an offer for twelve people by the end of the month."],
  },
}
