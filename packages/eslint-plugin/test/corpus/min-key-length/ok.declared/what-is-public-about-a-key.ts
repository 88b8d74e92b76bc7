import { z } from 'zod'

export const schema = z.object({
  publicKey: z.string().min(1),
  apiKeyId: z.string().length(8),
  tokenUrl: z.string().min(1),
  secretName: z.string().min(3),
})
