import type { caPassphrase } from '@rekey/ca-keystore'
export type Options = Parameters<typeof caPassphrase>[0]
