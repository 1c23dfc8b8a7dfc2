/** What was filled into a form, read by name. */
export type FormFields = Readonly<{
  /** The text without spaces around it; empty when there is none. */
  text: (name: string) => string
  /** The same, or null when it is empty. */
  optional: (name: string) => string | null
  /** Exactly what was typed, for passwords. */
  exact: (name: string) => string
  /** The chosen values of a group of check boxes. */
  list: (name: string) => string[]
}>

export function formFields(data: FormData): FormFields {
  const exact = (name: string) => asText(data.get(name))

  return {
    exact,
    text: (name) => exact(name).trim(),
    optional: (name) => exact(name).trim() || null,
    list: (name) => data.getAll(name).map(asText),
  }
}

function asText(value: FormDataEntryValue | null): string {
  return typeof value === "string" ? value : ""
}

/** The field's place in the body that is sent: `limits.calls` is at `/limits/calls`. */
export function pointerOf(name: string): string {
  return `/${name.replaceAll(".", "/")}`
}

/** What is wrong with the fields of a form, by pointer, before anything is sent. */
export function unfilled(form: HTMLFormElement): ReadonlyMap<string, string> {
  const wrong = new Map<string, string>()
  for (const control of form.elements) {
    if (!isControl(control) || control.name === "" || control.validity.valid) continue
    const pointer = pointerOf(control.name)
    if (!wrong.has(pointer)) wrong.set(pointer, validityWords(control))
  }

  return wrong
}

type Control = HTMLInputElement | HTMLSelectElement | HTMLTextAreaElement

function isControl(element: Element): element is Control {
  return (
    element instanceof HTMLInputElement ||
    element instanceof HTMLSelectElement ||
    element instanceof HTMLTextAreaElement
  )
}

function validityWords(control: Control): string {
  const { validity, title } = control
  if (validity.valueMissing) return missingWords(control)
  if (validity.typeMismatch && control.type === "email") return "This is not an e-mail address."
  if (validity.patternMismatch && title !== "") return title
  if (validity.tooShort && !(control instanceof HTMLSelectElement))
    return `At least ${control.minLength} characters are needed.`
  if (validity.tooLong && !(control instanceof HTMLSelectElement))
    return `At most ${control.maxLength} characters fit.`
  return control.validationMessage
}

function missingWords(control: Control): string {
  return control instanceof HTMLSelectElement || control.type === "radio" ? "Choose one." : "Fill this in."
}
