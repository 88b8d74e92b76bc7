import { z } from 'zod'
export const settings = z.object({
  SERVER_NAMES_FRONTEND: z.string(),
  CERTTRANSPARENCY_URL: z.url(),
})
