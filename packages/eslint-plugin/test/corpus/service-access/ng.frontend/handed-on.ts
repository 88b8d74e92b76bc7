// @reports kind
export { caPassphrase } from '@rekey/ca-keystore'
