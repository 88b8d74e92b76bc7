import { z } from 'zod'

export const apiKey = z.string().min(20)
