import { secret } from '../../secret.ts'
export const options = { host: 'localhost', password: secret } satisfies Record<string, unknown>
