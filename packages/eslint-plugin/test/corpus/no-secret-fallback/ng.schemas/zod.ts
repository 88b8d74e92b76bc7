import { z } from 'zod'

export const schema = z.object({
  PORT: z.coerce.number().default(3000),
  JWT_SECRET: z.string().min(8).default('changeme123'),
})
