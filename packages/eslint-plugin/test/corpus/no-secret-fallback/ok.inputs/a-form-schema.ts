import { z } from 'zod'

export const form = z.object({ email: z.string().default(''), password: z.string().default('') })
