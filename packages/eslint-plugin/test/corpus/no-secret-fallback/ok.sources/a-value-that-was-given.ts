export function connect(options: { password?: string }, password: string) {
  return { password: options.password ?? password }
}
