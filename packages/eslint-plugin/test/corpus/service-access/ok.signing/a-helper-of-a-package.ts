import { createKeyring } from '@rekey/api-key-auth'
import { openCaKeystore } from '@rekey/ca-keystore'
export const parts = [createKeyring, openCaKeystore]
