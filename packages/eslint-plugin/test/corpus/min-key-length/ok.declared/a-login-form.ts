import { z } from 'zod'

export const loginSchema = z.object({ user: z.string().min(1), secret: z.string().min(1) })
