import { type Secret, secret } from '../../secret.ts'
const given: Secret | string | undefined = secret
export default given
