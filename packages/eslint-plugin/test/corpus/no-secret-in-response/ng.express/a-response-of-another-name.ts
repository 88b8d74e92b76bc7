// @typed
import { secret } from '../../secret.ts'
import type { Response } from 'express'
export const show = (to: Response) => to.json({ key: secret.expose() })
