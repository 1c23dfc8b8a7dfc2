/** The remembered choice of light or dark; `system` when there is none. */
export function themeIn(cookie: string | undefined): "system" | "light" | "dark" {
  return cookie === "light" || cookie === "dark" ? cookie : "system"
}
