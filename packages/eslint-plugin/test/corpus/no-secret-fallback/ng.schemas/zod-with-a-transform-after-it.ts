import { z } from 'zod'

export const schema = z.object({
  SESSION_SECRET: z
    .string()
    .default('keyboard cat')
    .transform((text) => [text]),
})
