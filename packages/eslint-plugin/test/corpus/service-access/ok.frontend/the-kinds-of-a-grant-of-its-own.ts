import * as auth from '@rekey/api-key-auth'
export const secrets = { signing: auth.apiKeyTo('signing') }
