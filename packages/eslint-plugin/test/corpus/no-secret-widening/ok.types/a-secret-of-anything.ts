import { type Secret, login } from '../../secret.ts'
const held: Secret<unknown> = login
export default held
