import { createKeyring } from '@rekey/api-key-auth'
declare const secrets: { frontend: never }
export const keyring = createKeyring({ frontend: secrets.frontend })
