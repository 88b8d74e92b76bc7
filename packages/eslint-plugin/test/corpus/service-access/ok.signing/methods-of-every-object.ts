import * as auth from '@rekey/api-key-auth'
export const text = [auth.toString(), auth.constructor()]
