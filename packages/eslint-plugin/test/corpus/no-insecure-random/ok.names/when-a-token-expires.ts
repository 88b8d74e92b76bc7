export function issue(token: string) {
  const tokenExpiresAt = Date.now() + 3_600_000
  return { token, tokenExpiresAt, secretCreatedAt: new Date() }
}
