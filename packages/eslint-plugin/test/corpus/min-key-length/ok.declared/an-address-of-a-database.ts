import { z } from 'zod'

export const settings = z.object({
  DATABASE_URL: z.string().min(1),
  DB_CONNECTION_STRING: z.string().min(10),
})
