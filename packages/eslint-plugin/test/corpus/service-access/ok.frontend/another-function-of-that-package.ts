import { generatePassphrase } from '@rekey/ca-keystore/internal'
export const passphrase = generatePassphrase()
