import { z } from 'zod'

export const settings = z.object({ secrets: z.array(z.string()).min(1) })
