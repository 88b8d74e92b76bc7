// @known
import { secret } from '../../secret.ts'
import type { Response } from 'express'
import { Readable } from 'node:stream'
export const send = (res: Response) => Readable.from([secret.expose()]).pipe(res)
