import type { SecretVersion } from '../../secret.ts'
import type { Response } from 'express'
export const show = (res: Response, { version }: SecretVersion) => res.json({ version })
