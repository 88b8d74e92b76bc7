// @reports kind
import { caPassphrase as passphrase } from '@rekey/ca-keystore'
export const secrets = { ca: passphrase({ directorySetting: 'KEYS' }) }
