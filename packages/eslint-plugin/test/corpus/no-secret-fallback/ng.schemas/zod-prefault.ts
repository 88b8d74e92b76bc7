import { z } from 'zod'

export const schema = z.object({ clientSecret: z.string().trim().prefault('secret') })
