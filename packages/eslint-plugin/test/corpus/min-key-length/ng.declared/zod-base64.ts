import { z } from 'zod/v4'

export const settings = z.object({ ENCRYPTION_KEY: z.base64url().min(32) })
