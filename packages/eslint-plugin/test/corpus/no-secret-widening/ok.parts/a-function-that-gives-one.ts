import { secret } from '../../secret.ts'
const factories: Record<string, unknown> = { password: () => secret }
export default factories
