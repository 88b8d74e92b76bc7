import { z } from 'zod'

export const schema = z.object({
  PORT: z.coerce.number().default(3000),
  HOST: z.string().default('localhost'),
  JWT_SECRET: z.string().min(32),
  API_KEY: z.string().optional(),
})
