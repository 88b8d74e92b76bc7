import { z } from 'zod'

export const settings = z.object({ clientSecret: z.string().trim().length(16).optional() })
