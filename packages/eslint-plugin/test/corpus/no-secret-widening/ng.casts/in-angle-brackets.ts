import { Secret } from '../../secret.ts'
const secret = Secret.of('RANDOM_BASE64URL_43', 'CA_PASSPHRASE_SIGNING')
export const given = <any>secret
