import { z } from 'zod'

export const signUp = z
  .object({ password: z.string(), confirmPassword: z.string() })
  .refine((data) => data.password === data.confirmPassword, 'passwords differ')
