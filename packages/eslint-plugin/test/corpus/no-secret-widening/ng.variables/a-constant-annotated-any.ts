// @reports hidden
import { Secret } from '../../secret.ts'
const held: any = Secret.of('RANDOM_BASE64URL_43', 'DATABASE_FRONTEND')
export const user = held.user
