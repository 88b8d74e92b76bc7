import { z } from 'zod'

export const form = z.object({ password: z.string().min(12), newPassword: z.string().min(12) })
