import type { Response } from 'express'
export const show = (res: Response, passphrase: string) => res.render('done', { passphrase })
