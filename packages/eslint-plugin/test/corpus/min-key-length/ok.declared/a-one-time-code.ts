import { z } from 'zod'

export const schema = z.object({ otp: z.string().length(6), passcode: z.string().min(4) })
