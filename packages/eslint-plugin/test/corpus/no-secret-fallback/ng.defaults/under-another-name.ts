export function login({ clientId, clientSecret: given = 'x' }: Record<string, string>) {
  return { clientId, given }
}
