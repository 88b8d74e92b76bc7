import { z } from 'zod'

export const settings = z.object({ API_KEY: z.string(), PORT: z.coerce.number().min(1) })
