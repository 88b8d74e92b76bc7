export function renewAt(tokenTtlMs: number): number {
  const tokenRenewalDelay = tokenTtlMs * (0.7 + Math.random() * 0.2)
  return Date.now() + tokenRenewalDelay
}
