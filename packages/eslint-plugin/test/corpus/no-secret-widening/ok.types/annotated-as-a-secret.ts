import { type Secret, secret } from '../../secret.ts'
const password: Secret = secret
export default password
