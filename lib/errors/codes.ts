/**
 * Every refusal this product can give, with its HTTP status and a short title.
 *
 * The one table: routes, problem documents, docs and the guard derive from it.
 * A code is a promise to callers and is never reused for something else.
 */
export const errorCodes = {
  // The request itself
  invalid_json: { status: 400, title: "The body is not the JSON we accept" },
  invalid_utf8: { status: 400, title: "The body is not valid UTF-8" },
  byte_order_mark: { status: 400, title: "The body starts with a byte order mark" },
  duplicate_name: { status: 400, title: "An object names a member twice" },
  lone_surrogate: { status: 400, title: "A string holds half of a surrogate pair" },
  noncharacter: { status: 400, title: "A string holds a Unicode noncharacter" },
  trailing_data: { status: 400, title: "There is data after the JSON value" },
  too_deep: { status: 400, title: "The JSON is nested too deeply" },
  too_many_nodes: { status: 400, title: "The JSON has too many values" },
  name_too_long: { status: 400, title: "A member name is too long" },
  number_not_exact: { status: 400, title: "A number would lose precision" },
  body_too_large: { status: 413, title: "The body is too large" },
  unsupported_media_type: { status: 415, title: "The body must be application/json" },
  invalid_request: { status: 422, title: "The request does not fit the schema" },
  invalid_cursor: { status: 422, title: "The cursor is not one we gave" },
  method_not_allowed: { status: 405, title: "This method is not offered here" },

  invalid_idempotency_key: { status: 422, title: "The Idempotency-Key is not one we accept" },
  idempotency_key_required: { status: 422, title: "A call of this tier needs an Idempotency-Key" },
  idempotency_mismatch: { status: 422, title: "This Idempotency-Key was used for another body" },
  idempotency_in_flight: { status: 409, title: "A request with this Idempotency-Key is under way" },

  // Who asks
  unauthenticated: { status: 401, title: "Sign in or send a valid API key" },
  csrf_failed: { status: 403, title: "The request did not come from our own page" },
  host_not_allowed: { status: 421, title: "This host is not served here" },
  forbidden: { status: 403, title: "Your role does not allow this" },
  scope_missing: { status: 403, title: "The key lacks a scope for this" },
  key_required: { status: 403, title: "A run token is not enough for this" },
  not_found: { status: 404, title: "There is nothing here for you" },
  too_many_attempts: { status: 429, title: "Too many attempts" },

  // People and places
  link_expired: { status: 410, title: "This link no longer works" },
  already_set_up: { status: 409, title: "This installation is already set up" },
  already_member: { status: 409, title: "This person is already a member here" },
  last_owner: { status: 409, title: "An agency keeps at least one owner" },
  own_role: { status: 403, title: "You cannot change your own part" },
  password_refused: { status: 422, title: "The password is not one we accept" },
  wrong_password: { status: 403, title: "The current password is not right" },

  // Authenticators
  no_authenticator: { status: 409, title: "You have no authenticator" },
  authenticator_refused: { status: 422, title: "The authenticator's answer does not hold" },
  authenticator_known: { status: 409, title: "This authenticator is already enrolled" },
  last_authenticator: { status: 409, title: "You keep at least one authenticator" },
  enrolment_expired: { status: 409, title: "This enrolment is over" },
  recovery_open: { status: 409, title: "A recovery of this person already waits" },
  recovery_closed: { status: 409, title: "This recovery is no longer open" },
  unknown_stand_in: { status: 422, title: "This person cannot stand in for you" },
  stand_in_open: { status: 409, title: "You have named a stand-in already" },
  stand_in_closed: { status: 409, title: "This stand-in has already ended" },
  second_person_required: { status: 403, title: "Somebody else has to confirm this" },

  // The change
  invalid_name: { status: 422, title: "A name has characters we refuse" },
  invalid_path: { status: 422, title: "A path has a form we refuse" },
  duplicate_target: { status: 422, title: "Two parts have the same target" },
  too_many_parts: { status: 422, title: "The change has too many parts" },
  no_change: { status: 422, title: "Before and after are the same" },
  invalid_content: { status: 422, title: "The content cannot be read" },
  ambiguous_config: { status: 422, title: "The config says what readers disagree on" },
  invalid_patch: { status: 422, title: "The patch cannot be applied" },
  unsupported_change: { status: 422, title: "This kind of change is not supported" },
  invalid_envelope: { status: 422, title: "The envelope breaks the specification" },
  content_absent: { status: 404, title: "There is no content on this side" },
  content_not_text: { status: 422, title: "The content is not text" },
  content_too_large: { status: 422, title: "The content is too large" },
  not_canonicalizable: { status: 422, title: "The value has no canonical form" },
  reason_too_long: { status: 422, title: "The reason is too long" },

  // Policy
  limit_exceeded: { status: 429, title: "A limit is reached" },
  policy_denied: { status: 403, title: "Policy does not allow this call" },
  invalid_input: { status: 422, title: "The tool's input is not valid" },
  unsupported_schema: { status: 422, title: "The input schema cannot be enforced" },
  invalid_policy: { status: 422, title: "The policy cannot be used as it is written" },
  policy_unavailable: { status: 503, title: "The policy in force cannot be read" },
  proposal_open: { status: 409, title: "A proposal about this already waits" },
  proposal_closed: { status: 409, title: "This proposal is no longer open" },
  simulation_under_way: { status: 409, title: "A simulation is already under way here" },
  simulation_ended: { status: 409, title: "The simulation has already ended" },
  not_grantable: { status: 422, title: "This decision cannot be made a rule" },
  unknown_operator: { status: 422, title: "The operator is not a member here" },

  // Keys and tools
  unknown_owner: { status: 422, title: "The owner is not a member here" },
  key_ended: { status: 409, title: "The key has already ended" },
  rotation_under_way: { status: 409, title: "Two keys of this line are already live" },
  invalid_definition: { status: 422, title: "The tool's definition is not one we accept" },
  definition_too_large: { status: 422, title: "The tool's definition is too large" },
  definition_changed: { status: 409, title: "The definition was replaced after you opened it" },
  already_accepted: { status: 409, title: "This definition has already been accepted" },
  not_accepted: { status: 409, title: "Nobody has accepted this definition yet" },
  look_alike_name: { status: 422, title: "The name looks like that of another tool" },
  tool_stopped: { status: 409, title: "The tool is stopped" },
  agency_stopped: { status: 409, title: "The whole agency is stopped" },
  invalid_pointer: { status: 422, title: "A field is not named by a JSON Pointer" },

  // Deciding
  reason_required: { status: 422, title: "This vote needs a reason" },
  separation_of_duties: { status: 403, title: "You cannot decide a change you are part of" },
  edited_recently: { status: 403, title: "You cannot decide by rules that you edited in the last 24 hours" },
  counts_as_one: {
    status: 403,
    title: "A reset password makes you one with somebody who cannot decide this",
  },
  approval_closed: { status: 409, title: "This approval is no longer open" },
  step_up_required: { status: 403, title: "This vote needs your authenticator" },
  step_up_invalid: { status: 403, title: "What the authenticator signed does not fit this vote" },
  step_up_expired: { status: 409, title: "The authenticator's answer came too late" },
  step_up_spent: { status: 409, title: "The authenticator's answer was used before" },
  plan_item: { status: 409, title: "A call of a plan is decided on as it is" },
  not_partial: { status: 422, title: "These are not some of the change's parts" },
  plan_empty: { status: 422, title: "None of these calls needs people" },
  plan_closed: { status: 409, title: "Nothing of this plan waits any more" },
  not_shown: { status: 409, title: "Not all of the change was on your screen" },
  batch_refused: { status: 409, title: "One of the votes was refused, so none was cast" },
  not_voted: { status: 409, title: "There is no vote of yours here" },
  too_many_comments: { status: 429, title: "Too many comments" },
  break_glass_open: { status: 409, title: "Breaking the glass has begun already" },
  break_glass_closed: { status: 409, title: "No break-glass waits here" },
  break_glass_off: { status: 409, title: "Break-glass is switched off for good" },
  already_voted: { status: 409, title: "You have already decided this" },
  conflict: { status: 409, title: "Someone else was faster" },

  run_closed: { status: 409, title: "The run is closed" },

  // Spending a decision
  not_approved: { status: 409, title: "The approval is still waiting for people" },
  denied: { status: 409, title: "The approval was denied" },
  expired: { status: 409, title: "The approval has expired" },
  cancelled: { status: 409, title: "The approval was cancelled" },
  stale: { status: 409, title: "The world moved since the change was reviewed" },
  hash_mismatch: { status: 409, title: "This is not the change that was reviewed" },
  before_changed: { status: 409, title: "The target changed since it was reviewed" },
  tool_changed: { status: 409, title: "The tool changed since it was reviewed" },
  policy_changed: { status: 409, title: "Policy no longer allows this change" },
  already_consumed: { status: 409, title: "The approval was already spent" },
  wrong_run: { status: 409, title: "The approval belongs to another run" },
  outcome_recorded: { status: 409, title: "The outcome was already reported" },

  // Us
  outcome_unknown: { status: 503, title: "We could not learn whether this was saved" },
  unavailable: { status: 503, title: "The service cannot answer right now" },
  internal: { status: 500, title: "Something broke on our side" },
} as const satisfies Record<string, { status: number; title: string }>

export type ErrorCode = keyof typeof errorCodes
