export function connect(user: string, password: string) {
  throw new Error(`cannot connect as ${user}:${password}`)
}
