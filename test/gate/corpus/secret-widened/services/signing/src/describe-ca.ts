import type { Secret } from '@rekey/secret'

export function describeCa(passphrase: Secret): Record<string, unknown> {
  const ca: Record<string, unknown> = { passphrase }
  return ca
}
