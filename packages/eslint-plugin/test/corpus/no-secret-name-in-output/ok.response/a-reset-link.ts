import type { Response } from 'express'
export const reset = (res: Response, resetToken: string) => res.redirect(`/reset/${resetToken}`)
