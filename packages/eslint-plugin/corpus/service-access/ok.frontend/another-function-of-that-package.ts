import { generatePassphrase } from '@rekey/ca-keystore'
export const passphrase = generatePassphrase()
