import { z } from 'zod'

export const limits = z.object({ maxTokens: z.number().min(1), secretCount: z.int().min(0) })
