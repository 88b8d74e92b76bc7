import { z } from 'zod'

export const env = z.object({ STRIPE_WEBHOOK_SECRET: z.string().default('') }).parse(process.env)
