import type { Secret } from '@rekey/secret'

export function measure(key: Secret): void {
  performance.mark('signing asked', { detail: { key: key.expose() } })
}
