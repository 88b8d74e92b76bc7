import * as z from 'zod'

export const settings = z.object({
  SIGNING_KEY: z.hex().length(64),
  ENCRYPTION_KEY: z.base64().min(44),
})
