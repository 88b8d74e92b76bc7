import { z } from 'zod'

export const env = z.object({
  SESSION_SECRET: z.string().trim().min(12).max(256).describe('signs cookies').readonly(),
})
