/** An environment by name; where real things happen stands out. */
export function EnvironmentName({ name }: Readonly<{ name: string }>) {
  return name === "prod" ? <strong className="font-semibold">prod</strong> : name
}
