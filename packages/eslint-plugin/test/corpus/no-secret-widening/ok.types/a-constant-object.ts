import { secret } from '../../secret.ts'
export const options = { host: 'localhost', password: secret } as const
