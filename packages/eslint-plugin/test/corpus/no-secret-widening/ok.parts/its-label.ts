import { secret } from '../../secret.ts'
const name: unknown = secret.label
export default name
