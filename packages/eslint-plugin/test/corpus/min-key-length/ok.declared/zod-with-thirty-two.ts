import { z } from 'zod'

export const settings = z.object({ apiKey: z.string().min(32), name: z.string().min(1) })
