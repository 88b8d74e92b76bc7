import { z } from 'zod'

export const settings = z.object({ MASTER_KEY: z.string().regex(/^[0-9a-f]{32}$/) })
