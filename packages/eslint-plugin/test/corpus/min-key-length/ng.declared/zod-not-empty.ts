import { z } from 'zod'

export const env = z.object({ JWT_SECRET: z.string().trim().nonempty(), HOST: z.string() })
