// @reports kind
import * as keystore from '@rekey/ca-keystore'
const { caPassphrase: make } = keystore
export const ca = make()
