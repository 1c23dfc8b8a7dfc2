/** The website of Acme Dental as the demo's agent finds it: paths and contents. */
export const website: Readonly<Record<string, string>> = {
  "pages/index.md": `# Acme Dental

Gentle dentistry for the whole family, on Market Street since 1998.

- [Prices and membership](pricing.md)
- [Questions we often hear](faq/first-visit.md)
`,
  "pages/pricing.md": `# Prices and membership

Prices valid since 1 January 2025.

## Without membership

- Exam and cleaning: $120
- Whitening: $260

## Membership

Membership: $49 a month

Two cleanings and one exam a year are included, and 15 % off everything else.
You can leave at the end of any month.
`,
  "pages/faq/first-visit.md": `# Your first visit

Please come ten minutes early and bring a list of the medicines you take.
`,
  "partials/footer.html": `<footer>
  <p>Acme Dental, 12 Market Street</p>
  <p>Open Monday to Friday, 8 am to 5 pm</p>
</footer>
`,
}
