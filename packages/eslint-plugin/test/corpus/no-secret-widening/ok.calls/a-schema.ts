import { z } from 'zod'
import { Secret, secret } from '../../secret.ts'
const schema = z.object({ password: z.custom<Secret>((given) => given instanceof Secret) })
export const checked = schema.parse({ password: secret })
