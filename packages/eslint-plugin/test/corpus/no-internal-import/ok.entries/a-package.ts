import { Secret } from '@rekey/secret'
export const secret = Secret
