import { secret } from '../../secret.ts'
import { z } from 'zod'
export const schema = z.string().superRefine((value, context) => {
  if (value !== secret.expose()) {
    context.addIssue({ code: 'custom', message: `expected ${secret.expose()}` })
  }
})
