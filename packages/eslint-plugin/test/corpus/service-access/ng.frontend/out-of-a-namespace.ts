// @reports kind
import * as keystore from '@rekey/ca-keystore'
export const secrets = { ca: keystore.caPassphrase() }
