import { z } from 'zod'

export const settings = z.object({
  MASTER_KEY: z.string().regex(/^[0-9a-f]{64}$/),
  STRIPE_SECRET_KEY: z.string().regex(/^sk_/),
  LICENSE_KEY: z.string().regex(/^[A-Z0-9]{4}-[A-Z0-9]{4}$/),
})
