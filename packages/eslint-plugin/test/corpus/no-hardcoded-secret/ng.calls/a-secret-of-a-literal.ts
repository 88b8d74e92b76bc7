import { Secret } from '../../secret.ts'

export const key = Secret.of('RANDOM_BASE64URL_43', 'API key')
