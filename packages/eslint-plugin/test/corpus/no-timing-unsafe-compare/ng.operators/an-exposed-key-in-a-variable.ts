import { secret } from '../../secret.ts'

const expected = secret.expose()

export const check = (given: string) => given !== expected
