/** Loaded before a server of a test (`node --import`): its clock is wrong by CLOCK_SKEW_MS, its timers are right. */
const shift = Number(process.env.CLOCK_SKEW_MS)

globalThis.Date = new Proxy(Date, {
  construct: (target, given, self) =>
    Reflect.construct(target, given.length === 0 ? [target.now() + shift] : given, self),
  apply: (target) => new target(target.now() + shift).toString(),
  get: (target, name) => (name === "now" ? () => target.now() + shift : Reflect.get(target, name)),
})
