// @reports lowMinimum
import { z } from 'zod'

export const settings = z.object({ apiKey: z.string().min(8) })
