// @reports kind
import { caPassphrase } from '@rekey/ca-keystore'
export const secrets = { ca: caPassphrase() }
