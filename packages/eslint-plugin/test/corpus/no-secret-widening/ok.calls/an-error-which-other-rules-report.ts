import { secret } from '../../secret.ts'
export const problem = () => new Error('it was refused', { cause: secret })
