import { z } from 'zod'
import { procedure } from './trpc.ts'

export const redeem = procedure
  .input(z.object({ accessToken: z.string().min(1) }))
  .mutation(({ input }) => input)
